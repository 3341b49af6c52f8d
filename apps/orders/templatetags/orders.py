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
    "unfulfilled": "wait",
    "partially_fulfilled": "busy",
    "fulfilled": "good",
}
HAPPENED = {
    "order.drafted": "Draft saved",
    "order.placed": "Order placed",
    "order.paid": "Payment recorded",
    "order.confirmed": "Order confirmed",
    "order.shipped": "Shipped",
    "order.completed": "Order completed",
    "order.cancelled": "Order cancelled",
    "order.expired": "Order expired",
    "order.invoiced": "Invoice issued",
    "order.invoice_rendered": "Invoice ready to download",
}


@register.filter
def tone(state: str) -> str:
    """Return the class of a badge that shows this state."""
    return f"badge badge-{TONES.get(state, 'still')}"


@register.filter
def happened(event_type: str) -> str:
    """Say what an event was, in words. One we have no words for still shows up."""
    plain = event_type.rpartition(".")[2].replace("_", " ").capitalize()
    return HAPPENED.get(event_type, plain)
