from django.contrib import admin

from apps.core.admin import Window
from apps.files.models import StoredFile


@admin.register(StoredFile)
class StoredFileWindow(Window):
    list_display = ("organization", "name", "content_type", "size", "status", "created_at")
    search_fields = ("name", "key")
    list_select_related = ("organization",)
