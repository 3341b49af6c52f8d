"""What is in the orders of a list, told in one line each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, F, Sum

from apps.accounts.models import Organization
from apps.orders.models import Order, OrderLine


class Content(NamedTuple):
    """How many lines and units an order still wants, and what stands on the first of them."""

    lines: int
    units: int
    first: str

    @property
    def more(self) -> int:
        return self.lines - 1


NOTHING = Content(0, 0, "")


def contents(organization: Organization, orders: Iterable[Order]) -> dict[int, Content]:
    """Return what is in each of these orders, by its id; one of which nothing is wanted is not."""
    lines = OrderLine.objects.filter(
        organization=organization,
        order__in=[order.pk for order in orders],
        quantity__gt=F("cancelled"),
    )
    told = (
        lines.order_by()
        .values("order_id")
        .annotate(
            lines=Count("pk"),
            units=Sum(F("quantity") - F("cancelled")),
            names=ArrayAgg("name", order_by="position"),
        )
    )
    return {one["order_id"]: Content(one["lines"], one["units"], one["names"][0]) for one in told}


def tags_in_use(organization: Organization) -> list[str]:
    """Return the tags of the orders that were tagged last."""
    tagged = organization.orders.exclude(status=Order.Status.DRAFT).exclude(tags=[])
    recent = tagged.order_by("-placed_at", "-id").values_list("tags", flat=True)[:200]
    return sorted({tag for tags in recent for tag in tags})
