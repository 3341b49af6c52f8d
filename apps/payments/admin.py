from django.contrib import admin

from apps.core.admin import Window
from apps.payments.models import Payment


@admin.register(Payment)
class PaymentWindow(Window):
    list_display = ("organization", "order", "method", "captured", "reference", "created_at")
    search_fields = ("reference",)
    list_select_related = ("organization", "order")
