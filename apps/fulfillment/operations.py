"""Parcels."""

from collections import Counter

from django.db import transaction

from apps.accounts.models import User
from apps.fulfillment.models import Fulfillment, FulfillmentLine
from apps.inventory import operations as inventory
from apps.inventory.operations import Shipped
from apps.orders import operations as orders
from apps.orders.models import Order, OrderLine


@transaction.atomic
def ship_order(
    *, order: Order, carrier: str = "", tracking_number: str = "", shipped_by: User | None
) -> Fulfillment:
    """
    Ship all that is left of an order in one parcel, and take it off the stock.

    Raises orders.MoveNotAllowed unless the order is confirmed and something is left.
    """
    order = orders.lock_order(order)
    left = {line: line.open for line in order.lines.order_by("position")}
    quantities = {line.pk: quantity for line, quantity in left.items() if quantity}
    order = orders.record_picking(
        order=order, units=quantities, event="order.picking", actor=shipped_by
    )
    order = orders.record_shipment(
        order=order,
        units=quantities,
        actor=shipped_by,
        carrier=carrier,
        tracking_number=tracking_number,
    )
    fulfillment = Fulfillment.objects.create(
        organization=order.organization,
        order=order,
        number=order.fulfillments.count() + 1,
        carrier=carrier,
        tracking_number=tracking_number,
        shipped_by=shipped_by,
    )
    taken = inventory.consume(list(quantities), actor=shipped_by)
    FulfillmentLine.objects.bulk_create(
        FulfillmentLine(
            organization=order.organization,
            fulfillment=fulfillment,
            order_line_id=line_id,
            stock_level_id=level_id,
            quantity=quantity,
        )
        for line_id, level_id, quantity in [*taken, *_without_stock(left, taken)]
    )
    return fulfillment


def _without_stock(
    left: dict[OrderLine, int], taken: list[Shipped]
) -> list[tuple[int, int | None, int]]:
    from_stock: Counter[int] = Counter()
    for one in taken:
        from_stock[one.order_line_id] += one.quantity
    rest = ((line.pk, None, quantity - from_stock[line.pk]) for line, quantity in left.items())
    return [row for row in rest if row[2]]
