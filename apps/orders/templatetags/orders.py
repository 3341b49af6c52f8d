from django import template

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
    "order.drafted": "Draft saved",
    "order.stock_kept": "Stock kept for the draft",
    "order.placed": "Order placed",
    "order.authorized": "Payment authorized",
    "order.captured": "Payment received",
    "order.void_requested": "Payment withdrawn",
    "order.voided": "Authorization given back",
    "order.paid": "Paid in full",
    "order.money_unwanted": "Money arrived that has to go back",
    "order.refund_requested": "Refund requested",
    "order.refunded": "Money returned",
    "order.refund_failed": "The refund failed",
    "order.chargeback": "Charged back by the customer's bank",
    "order.credited": "Credited to the customer",
    "order.confirmed": "Order confirmed",
    "order.edited": "Order changed",
    "order.held": "Put on hold",
    "order.hold_released": "Hold released",
    "order.annotated": "Notes changed",
    "order.noted": "Note",
    "order.picking": "Pick list opened",
    "order.picking_cancelled": "Pick list cancelled",
    "order.shipped": "Shipped",
    "order.delivered": "Delivered",
    "order.return_requested": "Return requested",
    "order.return_approved": "Return approved",
    "order.return_declined": "Return declined",
    "order.return_cancelled": "Return cancelled",
    "order.return_received": "Return received",
    "order.return_closed": "Return closed",
    "order.exchanged": "Exchanged",
    "order.completed": "Order completed",
    "order.cancelled": "Order cancelled",
    "order.expired": "Order expired",
    "order.revived": "Order revived",
    "order.invoiced": "Invoice issued",
    "order.invoice_rendered": "Invoice ready to download",
    "order.credit_note_issued": "Credit note issued",
    "order.credit_note_rendered": "Credit note ready to download",
    "order.invoice_overdue": "Invoice is overdue",
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
    return HAPPENED.get(event_type, plain)
