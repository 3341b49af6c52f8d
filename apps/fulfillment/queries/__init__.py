"""Parcels and returns of one order, with all that its page, papers and API show of them."""

from itertools import groupby

from django.db.models import Prefetch, QuerySet

from apps.accounts.models import Organization
from apps.fulfillment.models import Fulfillment, FulfillmentLine, Return, ReturnLine
from apps.orders.models import Order


def parcels(order: Order) -> QuerySet[Fulfillment]:
    """Pick lists and parcels, the first one first."""
    rows = FulfillmentLine.objects.select_related("order_line").order_by("order_line__position")
    return (
        Fulfillment.objects.filter(order=order)
        .select_related("location", "picked_by", "shipped_by")
        .prefetch_related(Prefetch("lines", queryset=rows))
        .order_by("number")
    )


def parcels_by_line(order: Order) -> list[tuple[Fulfillment, list[FulfillmentLine]]]:
    """Return parcels and what is in them, in one statement: none is empty."""
    rows = FulfillmentLine.objects.filter(fulfillment__order=order).select_related(
        "fulfillment__location", "fulfillment__picked_by", "fulfillment__shipped_by", "order_line"
    )
    by_number = rows.order_by("fulfillment__number", "order_line__position", "pk")
    groups = groupby(by_number, key=lambda row: row.fulfillment_id)
    return [(found[0].fulfillment, found) for found in (list(group) for _, group in groups)]


def returns_by_line(order: Order) -> list[tuple[Return, list[ReturnLine]]]:
    """Return returns and what comes with them, in one statement: none is empty."""
    rows = ReturnLine.objects.filter(rma__order=order).select_related(
        "rma__exchange_order", "rma__requested_by", "order_line"
    )
    by_number = rows.order_by("rma__number", "order_line__position")
    groups = groupby(by_number, key=lambda row: row.rma_id)
    return [(found[0].rma, found) for found in (list(group) for _, group in groups)]


def parcel(organization: Organization, number: int) -> QuerySet[Fulfillment]:
    """Parcels of the order of that number, with the order."""
    return Fulfillment.objects.filter(
        organization=organization, order__number=number
    ).select_related("order__organization", "location")


def returns(order: Order) -> QuerySet[Return]:
    """Returns, the first one first."""
    rows = ReturnLine.objects.select_related("order_line").order_by("order_line__position")
    return (
        Return.objects.filter(order=order)
        .select_related("exchange_order", "requested_by")
        .prefetch_related(Prefetch("lines", queryset=rows))
        .order_by("number")
    )


def return_of(organization: Organization, number: int) -> QuerySet[Return]:
    """Returns of the order of that number, with the order."""
    return Return.objects.filter(organization=organization, order__number=number).select_related(
        "order__organization"
    )
