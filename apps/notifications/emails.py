"""
What we write to customers, one function a message.

Writing is a row in the transaction of its reason; sending is a delivery of its own.
"""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from apps.core.money import display
from apps.events.models import Event
from apps.invoicing.models import Invoice
from apps.notifications.operations import queue_email
from apps.orders.models import Order


def confirm_receipt(event: Event) -> None:
    """Tell the customer that we have their order."""
    _write_about_order(event, "order_placed")


def regret_cancellation(event: Event) -> None:
    _write_about_order(event, "order_cancelled")


def regret_expiry(event: Event) -> None:
    _write_about_order(event, "order_expired")


def announce_shipment(event: Event) -> None:
    _write_about_order(event, "order_shipped")


def send_invoice(event: Event) -> None:
    """Send the customer the invoice whose PDF is ready."""
    invoice = Invoice.objects.select_related("document__file").get(pk=event.data["invoice_id"])
    _write_about_order(
        event, "order_invoiced", attachment=invoice.document.file, invoice=invoice.label
    )


def send_credit_note(event: Event) -> None:
    """Send the customer the credit note whose PDF is ready."""
    note = Invoice.objects.select_related("document__file").get(pk=event.data["invoice_id"])
    _write_about_order(
        event,
        "order_credit_note",
        attachment=note.document.file,
        note=note.label,
        amount=display(note.gross, note.currency, _locale(event)),
    )


def remind_of_payment(event: Event) -> None:
    """Remind the customer of an invoice that was due some days ago, and enclose it."""
    invoice = Invoice.objects.select_related("document__file", "order").get(
        pk=event.data["invoice_id"]
    )
    if invoice.order.balance <= 0:
        return  # Paid since.
    _write_about_order(
        event,
        "order_overdue",
        attachment=invoice.document.file if hasattr(invoice, "document") else None,
        invoice=invoice,
        owed=display(invoice.order.balance, invoice.currency, _locale(event)),
    )


def _locale(event: Event) -> str:
    return event.organization.locale if event.organization else "en"


def _write_about_order(event: Event, template: str, attachment: Any = None, **more: Any) -> None:
    order = Order.objects.select_related("organization").get(pk=event.aggregate_id)
    if not order.email or order.channel == Order.Channel.IMPORT:
        return  # Nobody to write to, or somebody who ordered elsewhere and never heard of us.
    locale = order.organization.locale
    lines = [
        {
            "quantity": line.quantity,
            "name": line.name,
            "gross": display(line.gross, order.currency, locale),
        }
        for line in order.lines.order_by("position")
    ]
    context = {
        "order": order,
        "lines": lines,
        "total": display(order.total, order.currency, locale),
        "base_url": settings.PUBLIC_BASE_URL,
        "data": event.data,
        **more,
    }
    subject, _, body = render_to_string(f"mail/{template}.txt", context).partition("\n")
    queue_email(
        organization=order.organization,
        event=event,
        template=template,
        recipient=order.email,
        subject=subject,
        body=body.strip() + "\n",
        attachment=attachment,
    )
