"""Parcels."""

from collections import Counter

from django.db import transaction

from apps.accounts.models import User
from apps.fulfillment.models import Fulfillment, FulfillmentLine
from apps.inventory import operations as inventory
from apps.inventory.operations import Pick
from apps.orders import operations as orders
from apps.orders.models import Order


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
    rows = FulfillmentLine.objects.bulk_create(
        FulfillmentLine(
            organization=order.organization,
            fulfillment=fulfillment,
            order_line_id=line_id,
            stock_level_id=level_id,
            quantity=quantity,
        )
        for line_id, level_id, quantity in _portions(quantities)
    )
    picks = [
        Pick(row.order_line_id, row.stock_level_id, row.quantity, row.pk)
        for row in rows
        if row.stock_level_id
    ]
    inventory.consume(order.organization, picks, actor=shipped_by)
    return fulfillment


def _portions(quantities: dict[int, int]) -> list[tuple[int, int | None, int]]:
    held = inventory.held(list(quantities))
    from_stock: Counter[int] = Counter()
    for one in held:
        from_stock[one.line_id] += one.quantity
    rest = ((line_id, None, left - from_stock[line_id]) for line_id, left in quantities.items())
    return [(one.line_id, one.level_id, one.quantity) for one in held] + [
        row for row in rest if row[2]
    ]
