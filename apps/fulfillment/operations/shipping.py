"""Parcels: from the pick list to the customer's door."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.fulfillment.models import Fulfillment
from apps.fulfillment.operations.locking import lock_fulfillment
from apps.fulfillment.operations.picking import open_fulfillment, picks_of, units_of
from apps.inventory import operations as inventory
from apps.orders import operations as orders
from apps.orders.models import Order


@transaction.atomic
def ship_fulfillment(
    *,
    fulfillment: Fulfillment,
    carrier: str = "",
    tracking_number: str = "",
    tracking_url: str = "",
    shipped_by: User | None,
) -> Fulfillment:
    """
    Send a parcel: what is in it leaves the stock. `tracking_url` is a link, or empty.

    Raises orders.MoveNotAllowed unless it is being picked and nothing holds its order;
    inventory.OutOfStock when a backorder's goods have not come in yet.
    """
    fulfillment = lock_fulfillment(fulfillment, "ship")
    rows = list(fulfillment.lines.select_related("order_line").order_by("order_line__position"))
    order = orders.record_shipment(
        order=fulfillment.order,
        units=units_of(rows),
        actor=shipped_by,
        fulfillment_id=fulfillment.pk,
        fulfillment=fulfillment.number,
        carrier=carrier,
        tracking_number=tracking_number,
        tracking_url=tracking_url,
        contents=[{"quantity": row.quantity, "name": row.order_line.name} for row in rows],
    )
    fulfillment.carrier = carrier
    fulfillment.tracking_number = tracking_number
    fulfillment.tracking_url = tracking_url
    fulfillment.shipped_by = shipped_by
    fulfillment.shipped_at = timezone.now()
    fulfillment.save()
    inventory.consume(order.organization, picks_of(rows), actor=shipped_by)
    fulfillment.order = order
    return fulfillment


@transaction.atomic
def ship_order(
    *,
    order: Order,
    quantities: Mapping[int, int] | None = None,
    carrier: str = "",
    tracking_number: str = "",
    tracking_url: str = "",
    shipped_by: User | None,
) -> list[Fulfillment]:
    """
    Pick and send in one go, a parcel from each location that holds some of it.

    Raises what `open_fulfillment` and `ship_fulfillment` raise.
    """
    parcels = open_fulfillment(order=order, quantities=quantities, opened_by=shipped_by)
    return [
        ship_fulfillment(
            fulfillment=parcel,
            carrier=carrier,
            tracking_number=tracking_number,
            tracking_url=tracking_url,
            shipped_by=shipped_by,
        )
        for parcel in parcels
    ]


@transaction.atomic
def mark_delivered(*, fulfillment: Fulfillment, marked_by: User | None) -> Fulfillment:
    """Write down that a parcel arrived. Raises orders.MoveNotAllowed unless it was sent."""
    fulfillment = lock_fulfillment(fulfillment, "deliver")
    fulfillment.delivered_at = timezone.now()
    fulfillment.save(update_fields=["status", "delivered_at"])
    orders.record_document(
        order=fulfillment.order,
        type="order.delivered",
        actor=marked_by,
        fulfillment=fulfillment.number,
    )
    return fulfillment
