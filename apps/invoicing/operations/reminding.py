"""Asking for money that should have been here."""

from datetime import datetime, timedelta

from django.db import transaction

from apps.invoicing import queries
from apps.invoicing.models import Invoice, Reminder
from apps.orders import operations as orders

# How long after it was due an invoice is reminded of, first and last.
LEVELS = {1: timedelta(days=3), 2: timedelta(days=10)}


def remind_of_unpaid_invoices(now: datetime) -> int:
    """
    Record `order.invoice_overdue` for every invoice that has come to a further level unpaid.

    Once a level, and after a long pause only the highest that was reached. Returns how many.
    """
    reminded = 0
    for level, late in sorted(LEVELS.items(), reverse=True):
        found = queries.unpaid_invoices(due_by=now.date() - late).exclude(
            reminders__level__gte=level
        )
        # One transaction an invoice: a sweep that dies halfway keeps what it did.
        for invoice in found.select_related("order").iterator():
            reminded += _remind(invoice, level)
    return reminded


@transaction.atomic
def _remind(invoice: Invoice, level: int) -> bool:
    order = orders.lock_order(invoice.order)
    standing = queries.standing_invoice(order)
    if order.balance <= 0 or standing != invoice:
        return False  # Paid or taken back since we looked.
    _, created = Reminder.objects.get_or_create(
        invoice=invoice, level=level, defaults={"organization": order.organization}
    )
    if created:
        orders.record_document(
            order=order,
            type="order.invoice_overdue",
            actor=None,
            invoice_id=invoice.pk,
            invoice=invoice.label,
            amount=order.balance,
            level=level,
        )
    return created
