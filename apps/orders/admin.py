from django.contrib import admin

from apps.core.admin import Window
from apps.orders.models import Order


@admin.register(Order)
class OrderWindow(Window):
    list_display = (
        "organization",
        "number",
        "status",
        "channel",
        "email",
        "currency",
        "total",
        "placed_at",
    )
    search_fields = ("email", "external_ref")
    list_select_related = ("organization",)
