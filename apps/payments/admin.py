from django.contrib import admin

from apps.core.admin import Window
from apps.payments.models import Payment, PaymentAttempt, PaymentEntry, ProviderEvent


@admin.register(Payment)
class PaymentWindow(Window):
    list_display = (
        "organization",
        "order",
        "method",
        "status",
        "captured",
        "refunded",
        "provider_ref",
        "created_at",
    )
    list_filter = ("provider", "status")
    search_fields = ("reference", "provider_ref")
    list_select_related = ("organization", "order")


@admin.register(PaymentAttempt)
class PaymentAttemptWindow(Window):
    list_display = ("organization", "payment", "kind", "amount", "status", "error", "created_at")
    list_filter = ("kind", "status")
    search_fields = ("provider_ref", "idempotency_key")
    list_select_related = ("organization", "payment")


@admin.register(PaymentEntry)
class PaymentEntryWindow(Window):
    list_display = ("organization", "payment", "kind", "amount", "provider_ref", "created_at")
    list_filter = ("kind",)
    search_fields = ("provider_ref",)
    list_select_related = ("organization", "payment")


@admin.register(ProviderEvent)
class ProviderEventWindow(Window):
    list_display = ("provider", "event_id", "type", "received_at", "processed_at", "error")
    list_filter = ("type",)
    search_fields = ("event_id",)
