"""Parcels and returns of one order, with all that its page, papers and API show of them."""

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
