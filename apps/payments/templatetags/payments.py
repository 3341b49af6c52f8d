import uuid
from typing import Any

from django import template
from django.template import Context

from apps.orders.models import Order
from apps.payments import queries
from apps.payments.forms import CaptureForm, PaymentForm, RecordForm, RefundForm
from apps.payments.models import Payment, PaymentAttempt
from apps.payments.providers import cards_are_on

register = template.Library()

# How a payment or a call looks: good is done, busy is under way, wait wants something of somebody.
TONES = {
    "pending": "wait",
    "requires_action": "wait",
    "unknown": "wait",
    "authorized": "busy",
    "captured": "good",
    "succeeded": "good",
    "failed": "bad",
}


@register.filter
def payment_tone(status: str) -> str:
    """Return the class of a badge that shows this status."""
    return f"badge badge-{TONES.get(status, 'still')}"


@register.simple_tag(takes_context=True)
def payment_fields(context: Context) -> Any:
    """Return the form that was refused, or an empty one: the page of orders knows neither."""
    return context.get("payment_form") or PaymentForm()


@register.simple_tag
def stories_of(order: Order) -> list[queries.Story]:
    return queries.stories_of(order)


@register.simple_tag(takes_context=True)
def record_fields(context: Context, order: Order) -> Any:
    owed = max(0, order.balance - order.authorized)
    return context.get("record_form") or RecordForm(currency=order.currency, amount=owed)


@register.simple_tag(takes_context=True)
def refund_fields(context: Context, order: Order, stories: list[queries.Story]) -> Any:
    """Return the form that was refused, or one with what is owed to the customer."""
    owed = owed_back(order, stories)
    return context.get("refund_form") or RefundForm(currency=order.currency, amount=owed)


@register.simple_tag
def owed_back(order: Order, stories: list[queries.Story]) -> int:
    """Return what nobody is returning to the customer yet, in minor units."""
    return max(0, queries.owed_to_customer(order, (story.payment for story in stories)))


@register.simple_tag
def is_about_to_be_returned(order: Order) -> bool:
    return queries.is_about_to_be_returned(order)


@register.simple_tag
def hand_overs(stories: list[queries.Story]) -> list[PaymentAttempt]:
    return [attempt for story in stories for attempt in story.to_hand_over]


@register.filter
def by_hand(stories: list[queries.Story]) -> bool:
    """Say whether some of the money would have to be handed back by somebody."""
    manual = Payment.Provider.MANUAL
    return any(one.payment.refundable for one in stories if one.payment.provider == manual)


@register.simple_tag(takes_context=True)
def capture_fields(context: Context, order: Order, payment: Payment) -> Any:
    if context.get("capture_of") == payment.pk:
        return context["capture_form"]
    return CaptureForm(payment=payment.pk, currency=order.currency, amount=payment.capturable)


@register.simple_tag
def link_to_pay(order: Order) -> str:
    """Return where the customer pays, if there is anything to pay by card."""
    may_pay = cards_are_on() and queries.checkout_state(order) == "open"
    return queries.checkout_link(order) if may_pay else ""


@register.simple_tag
def link_to_reserve(order: Order) -> str:
    return queries.checkout_link(order, Payment.CaptureMethod.MANUAL)


@register.simple_tag
def form_key(form: Any) -> str:
    """Return a name for a form, new each time but for one that was refused: sent twice is once."""
    return str(form.data.get("key", "")[:64] if form.is_bound else uuid.uuid4().hex)


@register.simple_tag
def returnable(stories: list[queries.Story]) -> int:
    return sum(story.payment.refundable for story in stories)
