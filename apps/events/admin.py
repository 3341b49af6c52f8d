from django.contrib import admin

from apps.core.admin import Window
from apps.events.models import Delivery, Event, JobRun


@admin.register(Event)
class EventWindow(Window):
    list_display = (
        "id",
        "type",
        "aggregate_type",
        "aggregate_id",
        "organization",
        "created_at",
        "dispatched_at",
    )
    search_fields = ("type", "request_id")
    list_select_related = ("organization",)


@admin.register(Delivery)
class DeliveryWindow(Window):
    list_display = ("id", "reaction", "event", "due_at", "attempts", "done_at", "dead_at")
    search_fields = ("reaction",)
    list_select_related = ("event",)


@admin.register(JobRun)
class JobRunWindow(Window):
    list_display = ("job", "slot", "created_at")
    search_fields = ("job",)
