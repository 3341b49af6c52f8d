from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()

# How a state looks: good is done, busy is under way, wait wants something of somebody.
TONES = {
    "pending": "wait",
    "confirmed": "busy",
    "completed": "good",
    "unpaid": "wait",
    "partially_paid": "wait",
    "paid": "good",
    "overpaid": "bad",
    "authorized": "busy",
    "partially_refunded": "still",
    "refunded": "still",
    "requested": "wait",
    "in_progress": "busy",
    "returned": "still",
    "unfulfilled": "wait",
    "partially_fulfilled": "busy",
    "fulfilled": "good",
}
HAPPENED = {
    "order.drafted": _("Draft saved"),
    "order.stock_kept": _("Stock kept for the draft"),
    "order.placed": _("Order placed"),
    "order.authorized": _("Payment authorized"),
    "order.captured": _("Payment received"),
    "order.void_requested": _("Payment withdrawn"),
    "order.voided": _("Authorization given back"),
    "order.paid": _("Paid in full"),
    "order.money_unwanted": _("Money arrived that has to go back"),
    "order.refund_requested": _("Refund requested"),
    "order.refunded": _("Money returned"),
    "order.refund_failed": _("The refund failed"),
    "order.chargeback": _("Charged back by the customer's bank"),
    "order.credited": _("Credited to the customer"),
    "order.confirmed": _("Order confirmed"),
    "order.edited": _("Order changed"),
    "order.held": _("Put on hold"),
    "order.hold_released": _("Hold released"),
    "order.annotated": _("Notes changed"),
    "order.noted": _("Note"),
    "order.picking": _("Pick list opened"),
    "order.picking_cancelled": _("Pick list cancelled"),
    "order.shipped": _("Shipped"),
    "order.delivered": _("Delivered"),
    "order.return_requested": _("Return requested"),
    "order.return_approved": _("Return approved"),
    "order.return_declined": _("Return declined"),
    "order.return_cancelled": _("Return cancelled"),
    "order.return_received": _("Return received"),
    "order.return_closed": _("Return closed"),
    "order.exchanged": _("Exchanged"),
    "order.completed": _("Order completed"),
    "order.cancelled": _("Order cancelled"),
    "order.expired": _("Order expired"),
    "order.revived": _("Order revived"),
    "order.invoiced": _("Invoice issued"),
    "order.invoice_rendered": _("Invoice ready to download"),
    "order.credit_note_issued": _("Credit note issued"),
    "order.credit_note_rendered": _("Credit note ready to download"),
    "order.invoice_overdue": _("Invoice is overdue"),
}


@register.filter
def tone(state: str) -> str:
    """Return the class of a badge that shows this state."""
    return f"badge badge-{TONES.get(state, 'still')}"


@register.filter
def signed(units: int) -> str:
    """Write a change with its sign."""
    return f"{units:+}"


@register.filter
def happened(event_type: str) -> str:
    """Say what an event was, in words. One we have no words for still shows up."""
    plain = event_type.rpartition(".")[2].replace("_", " ").capitalize()
    return str(HAPPENED.get(event_type, plain))
