"""The admin is a window: it shows rows, and leaves changing them to operations."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest  # noqa: TID251


class Window(admin.ModelAdmin):
    list_per_page = 50
    # Counting all rows of a large table would take longer than showing the page.
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
