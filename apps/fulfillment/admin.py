from django.contrib import admin

from apps.core.admin import Window
from apps.fulfillment.models import Fulfillment


@admin.register(Fulfillment)
class FulfillmentWindow(Window):
    list_display = ("organization", "order", "number", "carrier", "tracking_number", "shipped_at")
    search_fields = ("tracking_number",)
    list_select_related = ("organization", "order")
