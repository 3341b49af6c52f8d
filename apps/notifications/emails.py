"""
What we write to customers and keepers, one function a message.

Writing is a row in the transaction of its reason; sending is a delivery of its own.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string

from apps.accounts.models import Membership, Organization
from apps.batches.models import Batch
from apps.batches.tables import batch_kinds
from apps.core.money import display
from apps.events.models import Event
from apps.invoicing.models import Invoice
from apps.notifications.operations import queue_email
from apps.orders.models import Order
from apps.payments import queries as payments
from apps.reports import operations as reports


def confirm_receipt(event: Event) -> None:
    """Tell the customer that we have their order, what it comes to, and where to pay it."""
    order = Order.objects.select_related("organization").get(pk=event.aggregate_id)
    currency, locale = order.currency, order.organization.locale
    discount = sum(line.discount for line in order.lines.all())
    _write_about_order(
        event,
        "order_placed",
        discount=display(discount, currency, locale) if discount else "",
        charges=[
            f"{one.label}  {display(one.amount, currency, locale)}"
            for one in order.adjustments.order_by("position")
            if one.is_charge
        ],
        pay_link=payments.checkout_link(order) if payments.checkout_state(order) == "open" else "",
    )


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


def announce_low_stock(now: datetime) -> int:
    """Tell keepers what is running out, when something new is. Returns how many mails that were."""
    return sum(_announce_low_stock(one) for one in Organization.objects.order_by("pk"))


@transaction.atomic
def _announce_low_stock(organization: Organization) -> int:
    low = reports.note_low_stock(organization)
    if not low:
        return 0
    context = {"organization": organization, "low": low, "base_url": settings.PUBLIC_BASE_URL}
    subject, _, body = render_to_string("mail/low_stock.txt", context).partition("\n")
    keepers = organization.memberships.filter(
        role__in=[Membership.Role.OWNER, Membership.Role.ADMIN], user__is_active=True
    )
    found = list(keepers.select_related("user").order_by("pk"))
    for keeper in found:
        queue_email(
            organization=organization,
            event=None,
            template="low_stock",
            recipient=keeper.user.email,
            subject=subject,
            body=body.strip() + "\n",
        )
    return len(found)


def announce_batch(event: Event) -> None:
    """Tell whoever started long work that it has ended, unless they sit and wait for it."""
    batch = Batch.objects.select_related("organization", "started_by", "source").get(
        pk=event.aggregate_id
    )
    kind = batch_kinds()[batch.kind]
    if batch.started_by is None or not batch.started_by.is_active or not kind.mail:
        return
    context = {
        "batch": batch,
        "title": kind.title,
        "organization": batch.organization,
        "base_url": settings.PUBLIC_BASE_URL,
    }
    subject, _, body = render_to_string("mail/batch_ended.txt", context).partition("\n")
    queue_email(
        organization=batch.organization,
        event=event,
        template="batch_ended",
        recipient=batch.started_by.email,
        subject=subject,
        body=body.strip() + "\n",
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
            "amount": display(line.listed, order.currency, locale),
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
