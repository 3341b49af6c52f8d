import uuid
from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.orders.forms import TagForm
from apps.orders.models import Order, OrderHold, OrderLine

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
    "order.annotated": _("Tags or responsibility changed"),
    "order.noted": _("Note"),
    "order.picking": _("Pick list opened"),
    "order.picking_cancelled": _("Pick list cancelled"),
    "order.picking_short": _("Not found on the shelf"),
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
def is_awaited(order: Order) -> bool:
    """Say whether goods of a return are still to come. The lines of the order are here already."""
    return any(line.returning for line in order.lines.all())


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


@register.filter
def held_for(kind: str) -> str:
    """Say why an order is on hold."""
    return str(dict(OrderHold.Kind.choices).get(kind, kind))


class Day(NamedTuple):
    """What happened on one day of the organization, by some moment of it."""

    moment: datetime
    told: list[Any]


@register.simple_tag(takes_context=True)
def by_day(context: Context, told: Iterable[Any]) -> list[Day]:
    """Group what has an `event` by the day of the organization on which that was."""
    zone = ZoneInfo(context["organization"].timezone)
    groups = groupby(told, key=lambda one: one.event.created_at.astimezone(zone).date())
    days = [list(group) for _day, group in groups]
    return [Day(found[0].event.created_at, found) for found in days]


@register.simple_tag(takes_context=True)
def tag_fields(context: Context) -> Any:
    """Return the form that was refused, or an empty one."""
    return context.get("tag_form") or TagForm()


@register.simple_tag
def sent_once() -> SafeString:
    """Name a form, new each time it is drawn: sent twice, it does its deed once."""
    return format_html('<input type="hidden" name="key" value="{}">', uuid.uuid4().hex)


# More pictures would make a page of links.
PICTURES_AT_MOST = 20
LINES_AT_FIRST = 50


class Shown(NamedTuple):
    """A line as the page of its order shows it."""

    line: OrderLine
    has_picture: bool


class Lines(NamedTuple):
    """The lines on the page, and how many more there are."""

    shown: list[Shown]
    left: int


@register.simple_tag(takes_context=True)
def lines_of(context: Context, order: Order) -> Lines:
    """Return the lines of an order. A long one is folded, unless its page is asked for all."""
    every = list(order.lines.all())
    lines = every if "lines" in context["request"].GET else every[:LINES_AT_FIRST]
    shown = [
        Shown(line, index < PICTURES_AT_MOST and line.variant is not None)
        for index, line in enumerate(lines)
    ]
    return Lines(shown, len(every) - len(shown))
