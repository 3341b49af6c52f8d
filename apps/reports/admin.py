from django.contrib import admin

from apps.core.admin import Window
from apps.reports.models import DailySales, Finding


@admin.register(DailySales)
class DailySalesWindow(Window):
    list_display = ("organization", "date", "currency", "channel", "orders", "gross", "refunded")
    list_select_related = ("organization",)


@admin.register(Finding)
class FindingWindow(Window):
    list_display = (
        "invariant",
        "organization",
        "violations",
        "found_at",
        "last_seen_at",
        "gone_at",
    )
    list_filter = (("gone_at", admin.EmptyFieldListFilter),)
    search_fields = ("invariant",)
    list_select_related = ("organization",)
