from django.contrib import admin

from apps.core.admin import Window
from apps.inventory.models import Location, StockLevel, StockMovement


@admin.register(Location)
class LocationWindow(Window):
    list_display = ("organization", "code", "name", "priority", "active")
    search_fields = ("code", "name")
    list_select_related = ("organization",)


@admin.register(StockLevel)
class StockLevelWindow(Window):
    list_display = ("organization", "variant", "location", "on_hand", "reserved")
    search_fields = ("variant__sku",)
    list_select_related = ("organization", "variant", "location")


@admin.register(StockMovement)
class StockMovementWindow(Window):
    list_display = ("organization", "stock_level", "delta", "kind", "reason", "created_at")
    search_fields = ("reason",)
    list_select_related = ("organization", "stock_level")
