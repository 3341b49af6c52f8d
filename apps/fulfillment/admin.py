from django.contrib import admin

from apps.core.admin import Window
from apps.fulfillment.models import Fulfillment, Return


@admin.register(Fulfillment)
class FulfillmentWindow(Window):
    list_display = ("organization", "order", "number", "status", "carrier", "tracking_number")
    search_fields = ("tracking_number",)
    list_select_related = ("organization", "order")


@admin.register(Return)
class ReturnWindow(Window):
    list_display = ("organization", "number", "order", "status", "resolution", "created_at")
    search_fields = ("reason",)
    list_select_related = ("organization", "order")
