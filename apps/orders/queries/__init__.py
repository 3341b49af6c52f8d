"""What is read of orders: one in full here, `finding` many of them, and `queues` of what waits."""

from __future__ import annotations

from django.db.models import FETCH_RAISE, Prefetch, QuerySet

from apps.accounts.models import Organization
from apps.events.models import Event
from apps.orders.models import Adjustment, Order, OrderLine
from apps.orders.queries.contents import NOTHING, Content, contents, tags_in_use
from apps.orders.queries.finding import (
    EVERYTHING,
    NEWEST,
    PAGE,
    SORTS,
    Filters,
    Page,
    matching,
    order_page,
    page_of_orders,
    planned_for_its_values,
)
from apps.orders.queries.queues import (
    COUNTED_AT_MOST,
    QUEUES,
    Failure,
    being_picked,
    count_work,
    failures,
)
from apps.orders.queries.views import saved_views

__all__ = [
    "COUNTED_AT_MOST",
    "EVERYTHING",
    "NEWEST",
    "NOTHING",
    "PAGE",
    "QUEUES",
    "SORTS",
    "Content",
    "Failure",
    "Filters",
    "Page",
    "being_picked",
    "contents",
    "count_work",
    "drafts",
    "failures",
    "history",
    "matching",
    "order_in_full",
    "order_page",
    "page_of_orders",
    "planned_for_its_values",
    "saved_views",
    "tags_in_use",
]


def order_in_full(organization: Organization, number: int) -> QuerySet[Order]:
    """Return the order of that number with its lines; the apps above show what is theirs."""
    return (
        organization.orders.filter(number=number)
        .select_related("assignee")
        .prefetch_related(
            Prefetch("lines", queryset=OrderLine.objects.order_by("position")),
            Prefetch("adjustments", queryset=Adjustment.objects.order_by("position")),
        )
        .fetch_mode(FETCH_RAISE)
    )


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
