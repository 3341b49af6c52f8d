"""When the customer of an order hears of it: one reaction to an event each."""

from collections.abc import Callable

from apps.core.languages import speaking
from apps.events.models import Event
from apps.files.models import StoredFile
from apps.fulfillment.models import Return
from apps.invoicing.models import Invoice
from apps.notifications.emails import customers as letters
from apps.notifications.emails.customers import About, Overdue, Sent
from apps.notifications.emails.letters import Letter, written
from apps.notifications.operations import queue_email
from apps.orders.models import Order
from apps.payments import queries as payments
from apps.payments.providers import cards_are_on
from apps.storefront.queries import order_link


def confirm_receipt(event: Event) -> None:
    """Tell the customer that we have their order, what it comes to, and where to pay it."""

    def letter(about: About) -> Letter:
        adjustments = list(about.order.adjustments.order_by("position"))
        return letters.placed(about, adjustments, _pay_link(about.order))

    _write(event, "order_placed", letter)


def regret_cancellation(event: Event) -> None:
    _write(event, "order_cancelled", letters.cancelled)


def regret_expiry(event: Event) -> None:
    _write(event, "order_expired", letters.expired)


def announce_shipment(event: Event) -> None:
    data = event.data

    def letter(about: About) -> Letter:
        # Parcels of an early release did not say what was in them.
        rows = data.get("contents") or [
            {"quantity": one.quantity, "name": one.name} for one in about.lines
        ]
        sent = Sent(
            [f"{row['quantity']} × {row['name']}" for row in rows],
            data.get("carrier", ""),
            data.get("tracking_number", ""),
            data.get("tracking_url", ""),
        )
        return letters.shipped(about, sent)

    _write(event, "order_shipped", letter)


def send_invoice(event: Event) -> None:
    """Send the customer the invoice whose PDF is ready."""
    invoice = _document(event)
    _write(
        event,
        "order_invoiced",
        lambda about: letters.invoiced(about, invoice.label),
        invoice.document.file,
    )


def send_credit_note(event: Event) -> None:
    """Send the customer the credit note whose PDF is ready."""
    note = _document(event)
    _write(
        event,
        "order_credit_note",
        lambda about: letters.credited(about, note.label, note.gross),
        note.document.file,
    )


def remind_of_payment(event: Event) -> None:
    """Remind the customer of an invoice that was due some days ago, and enclose it."""
    invoice = _document(event)

    def letter(about: About) -> Letter | None:
        owed = about.order.balance
        if owed <= 0 or invoice.due_on is None:
            return None  # Paid since.
        what = Overdue(invoice.label, invoice.due_on, owed, event.data["level"] > 1)
        return letters.overdue(about, what, _pay_link(about.order))

    file = invoice.document.file if hasattr(invoice, "document") else None
    _write(event, "order_overdue", letter, file)


def answer_return(event: Event) -> None:
    """Tell the customer whether the goods may come back."""
    rma = Return.objects.get(pk=event.data["return_id"])
    if rma.status == Return.Status.CANCELLED:
        return  # Withdrawn since.
    rows = rma.lines.select_related("order_line").order_by("order_line__position")
    contents = [f"{row.requested} × {row.order_line.name}" for row in rows]
    _write(event, "return_answered", lambda about: letters.return_answered(about, rma, contents))


def confirm_arrival(event: Event) -> None:
    """Tell the customer what of their return has arrived, if anything has."""
    rma = Return.objects.get(pk=event.data["return_id"])
    rows = rma.lines.select_related("order_line").order_by("order_line__position")
    contents = [f"{row.received} × {row.order_line.name}" for row in rows if row.received]
    if contents:
        _write(event, "return_arrived", lambda about: letters.return_arrived(about, rma, contents))


def _document(event: Event) -> Invoice:
    return Invoice.objects.select_related("document__file").get(pk=event.data["invoice_id"])


def _pay_link(order: Order) -> str:
    may_pay = cards_are_on() and payments.checkout_state(order) == "open"
    return payments.checkout_link(order) if may_pay else ""


def _write(
    event: Event,
    template: str,
    letter: Callable[[About], Letter | None],
    attachment: StoredFile | None = None,
) -> None:
    order = Order.objects.select_related("organization").get(pk=event.aggregate_id)
    if not order.is_written_to:
        return  # Nobody to write to, or somebody who ordered elsewhere and never heard of us.
    lines = list(order.lines.order_by("position"))
    for line in lines:
        line.order = order
    with speaking(order.organization.locale):
        said = letter(About(order, lines, order_link(order)))
        if said is None:
            return
        message = written(said, order.organization)
    queue_email(
        organization=order.organization,
        event=event,
        template=template,
        recipient=order.email,
        **message._asdict(),
        attachment=attachment,
    )
