"""One order: all of it, what happened to it, and what stands beside it."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import FETCH_RAISE, Exists, OuterRef, Prefetch, Q, QuerySet, Value

from apps.accounts.models import Organization
from apps.core.plans import planned_for_its_values
from apps.events.models import Event
from apps.inventory.queries import promised_in_vain
from apps.orders.models import Adjustment, Order, OrderHold, OrderLine

# So many events are on the page of their order; the others are a page of their own.
EVENTS_AT_FIRST = 25
EVENTS_A_PAGE = 100
OTHERS_AT_MOST = 99


def order_in_full(organization: Organization, number: int) -> QuerySet[Order]:
    """Return the order of that number with its lines; the apps above show what is theirs."""
    # With the picture of each, but not what may be long; and whether it waits for goods.
    lines = (
        OrderLine.objects.select_related("variant__product__image")
        .defer("variant__product__description")
        .annotate(is_short=Exists(promised_in_vain(OuterRef("pk"))))
    )
    return (
        organization.orders.filter(number=number)
        .select_related("assignee", "customer")
        .prefetch_related(
            Prefetch("lines", queryset=lines.order_by("position")),
            Prefetch("adjustments", queryset=Adjustment.objects.order_by("position")),
        )
        .fetch_mode(FETCH_RAISE)
    )


class Beside(NamedTuple):
    """
    The numbers of the orders above and below one in the list, where there are any.

    `others` counts those of the same customer, up to OTHERS_AT_MOST and one more.
    """

    newer: int | None
    older: int | None
    others: int


def beside(order: Order) -> Beside:
    """Return what stands around an order, in one statement."""
    placed = Order.objects.filter(organization=order.organization_id, placed_at__isnull=False)
    # As in the list: where an index is to begin, nothing says OR.
    above = Q(placed_at__gte=order.placed_at) & ~Q(placed_at=order.placed_at, pk__lte=order.pk)
    below = Q(placed_at__lte=order.placed_at) & ~Q(placed_at=order.placed_at, pk__gte=order.pk)
    rows = [
        _numbers("newer", placed.filter(above).order_by("placed_at", "id"), 1),
        _numbers("older", placed.filter(below).order_by("-placed_at", "-id"), 1),
    ]
    # Asked for those of nobody, PostgreSQL may read all orders there are to find none.
    if order.customer_id is not None:
        others = Order.objects.filter(customer=order.customer_id, number__isnull=False)
        rows.append(_numbers("other", others.exclude(pk=order.pk).order_by(), OTHERS_AT_MOST + 1))
    with planned_for_its_values():
        found = list(rows[0].union(*rows[1:], all=True))
    numbers = dict(found)
    count = sum(side == "other" for side, _ in found)
    return Beside(numbers.get("newer"), numbers.get("older"), count)


def _numbers(side: str, orders: QuerySet[Order], at_most: int) -> Any:
    return orders.annotate(side=Value(side)).values_list("side", "number")[:at_most]


def active_holds(order: Order) -> list[OrderHold]:
    """What stops the order now, oldest first; no statement while nothing does."""
    if not order.hold_kinds:
        return []
    holds = order.holds.filter(released_at=None).select_related("placed_by")
    return list(holds.order_by("placed_at").fetch_mode(FETCH_RAISE))


def drafts(organization: Organization) -> QuerySet[Order]:
    """Orders that are still being written, newest first."""
    return organization.orders.filter(status=Order.Status.DRAFT).order_by("-pk")


def history(order: Order) -> QuerySet[Event]:
    """What happened to the order, oldest first, and who did it."""
    # FETCH_RAISE: a template that asks for one more table fails here, in the test, at once.
    return (
        Event.objects.filter(aggregate_type="order", aggregate_id=order.pk)
        .select_related("actor")
        .order_by("sequence")
        .fetch_mode(FETCH_RAISE)
    )


def latest_history(order: Order, *, before: int | None = None, at_most: int) -> list[Event]:
    """What happened to the order, newest first; with `before`, only what has a lower sequence."""
    events = history(order).order_by("-sequence")
    if before is not None:
        events = events.filter(sequence__lt=before)
    return list(events[:at_most])
