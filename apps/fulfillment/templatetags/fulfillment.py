"""What pages of the apps below show of parcels and returns."""

from typing import Any, NamedTuple

from django import template
from django.template import Context

from apps.fulfillment import queries, rules
from apps.fulfillment.forms import (
    ArrivalForm,
    DeclineForm,
    ResolutionForm,
    ReturnForm,
    ShipmentForm,
    TrackingForm,
    ids_of,
)
from apps.fulfillment.models import Fulfillment, FulfillmentLine, Return, ReturnLine
from apps.orders.models import Order

register = template.Library()

# How a state looks: the class of a badge.
TONES = {
    "open": "busy",
    "shipped": "good",
    "delivered": "good",
    "requested": "wait",
    "approved": "busy",
    "received": "wait",
}


class Parcel(NamedTuple):
    """A parcel as the page of its order shows it, with the form that sends it."""

    parcel: Fulfillment
    lines: list[FulfillmentLine]
    commands: list[str]
    form: Any

    @property
    def tone(self) -> str:
        return _tone(self.parcel.status)


class Shown(NamedTuple):
    """A return as the page of its order shows it, with the forms of what may be done now."""

    rma: Return
    lines: list[ReturnLine]
    commands: list[str]
    decline_form: Any
    arrival_form: Any
    resolution_form: Any

    @property
    def tone(self) -> str:
        return _tone(self.rma.status)

    @property
    def worth(self) -> int:
        """What a refund would credit for what came (minor units), as long as it may."""
        if "close" not in self.commands:
            return 0
        return sum(line.order_line.worth(line.received) for line in self.lines if line.received)


@register.simple_tag(takes_context=True)
def shipment_fields(context: Context) -> Any:
    """Return the form that was refused, or a new one: the page of orders knows neither."""
    return context.get("shipment_form") or ShipmentForm(
        context["order"].lines.all(), auto_id=ids_of("ship")
    )


@register.simple_tag(takes_context=True)
def return_fields(context: Context) -> Any:
    """Return the form that was refused, or a new one."""
    return context.get("return_form") or ReturnForm(
        context["order"].lines.all(), auto_id=ids_of("return")
    )


@register.simple_tag(takes_context=True)
def parcels_of(context: Context, order: Order) -> list[Parcel]:
    """Return the parcels of an order in one statement."""
    return [
        Parcel(
            one,
            lines,
            rules.commands(one),
            _refused(context, "tracking_form", parcel=one.number)
            or TrackingForm(auto_id=ids_of("parcel", one.number)),
        )
        for one, lines in queries.parcels_by_line(order)
    ]


@register.simple_tag(takes_context=True)
def returns_of(context: Context, order: Order) -> list[Shown]:
    """Return the returns of an order in one statement, or none while nothing was shipped."""
    if order.fulfillment_status == Order.FulfillmentStatus.UNFULFILLED:
        return []
    return [_shown(context, *found) for found in queries.returns_by_line(order)]


def _shown(context: Context, rma: Return, lines: list[ReturnLine]) -> Shown:
    commands = rules.commands(rma)
    arrival_form = None
    came = any(line.received for line in lines)
    if "receive" in commands:
        former = _refused(context, "arrival_form", rma=rma.number)
        arrival_form = former or ArrivalForm(lines, auto_id=ids_of("receive", rma.number))
    return Shown(
        rma,
        lines,
        commands,
        _refused(context, "decline_form", rma=rma.number)
        or DeclineForm(auto_id=ids_of("decline", rma.number)),
        arrival_form,
        _refused(context, "resolution_form", rma=rma.number)
        or ResolutionForm(
            auto_id=ids_of("close", rma.number), initial={} if came else {"resolution": "none"}
        ),
    )


def _refused(context: Context, form: str, **of: int) -> Any:
    [(name, number)] = of.items()
    return context.get(form) if context.get(name) == number else None


def _tone(status: str) -> str:
    return f"badge badge-{TONES.get(status, 'still')}"
