from django.contrib import admin

from apps.batches.models import Batch
from apps.core.admin import Window


@admin.register(Batch)
class BatchWindow(Window):
    list_display = ("organization", "kind", "status", "done", "total", "skipped", "created_at")
    list_filter = ("kind", "status")
    list_select_related = ("organization",)
