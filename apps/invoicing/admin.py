from django.contrib import admin

from apps.core.admin import Window
from apps.invoicing.models import Invoice


@admin.register(Invoice)
class InvoiceWindow(Window):
    list_display = ("organization", "label", "order", "issued_on", "currency", "gross")
    search_fields = ("number",)
    list_select_related = ("organization", "order")
