"""What can be done about money: take it, return it, and find out what became of it."""

from apps.orders.operations import KeyReused
from apps.payments.operations.charging import (
    CaptureTooLarge,
    CardPayment,
    capture_payment,
    start_card_payment,
    void_payment,
)
from apps.payments.operations.hearing import (
    apply_provider_event,
    forget_old_provider_events,
    receive_provider_event,
)
from apps.payments.operations.recording import NotAnAmount, mark_as_paid, record_payment
from apps.payments.operations.requests import UNNAMED, AlreadyAsked, Request
from apps.payments.operations.returning import (
    RefundTooLarge,
    ask_provider,
    keep_money,
    mark_as_refunded,
    refund_return,
    request_refund,
    return_money,
)
from apps.payments.operations.settling import reconcile_payments, settle_payment

__all__ = [
    "UNNAMED",
    "AlreadyAsked",
    "CaptureTooLarge",
    "CardPayment",
    "KeyReused",
    "NotAnAmount",
    "RefundTooLarge",
    "Request",
    "apply_provider_event",
    "ask_provider",
    "capture_payment",
    "forget_old_provider_events",
    "keep_money",
    "mark_as_paid",
    "mark_as_refunded",
    "receive_provider_event",
    "reconcile_payments",
    "record_payment",
    "refund_return",
    "request_refund",
    "return_money",
    "settle_payment",
    "start_card_payment",
    "void_payment",
]
