"""Pick lists: what somebody fetches from the shelves of one location, for one parcel."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.operations import next_number
from apps.core.errors import Refusal
from apps.fulfillment.models import Fulfillment, FulfillmentLine
from apps.fulfillment.operations.choosing import chosen_units
from apps.fulfillment.operations.locking import lock_fulfillment
from apps.inventory import operations as inventory
from apps.orders import operations as orders
from apps.orders import rules
from apps.orders.models import Order, OrderLine
from apps.orders.operations.locking import insist


class Portion(NamedTuple):
    """Units of a line that lie at one level; without one, no stock is kept of them."""

    line_id: int
    level_id: int | None
    location_id: int | None
    quantity: int


class Wave(NamedTuple):
    """What a round through the shelves picks: its parcels, and why others are not among them."""

    number: int | None
    parcels: list[Fulfillment]
    skipped: list[tuple[Order, str]]


def open_wave(*, chosen: Sequence[Order], opened_by: User | None) -> Wave:
    """
    Open pick lists for all that is left of several orders, to be picked in one round.

    Each order is a transaction of its own: one that cannot be picked now is skipped, and said.
    """
    number = next_number(chosen[0].organization, "wave") if len(chosen) > 1 else None
    parcels: list[Fulfillment] = []
    skipped: list[tuple[Order, str]] = []
    for order in chosen:
        try:
            parcels += open_fulfillment(order=order, wave=number, opened_by=opened_by)
        except Refusal as refusal:
            skipped.append((order, str(refusal)))
    return Wave(number, parcels, skipped)


@transaction.atomic
def open_fulfillment(
    *,
    order: Order,
    quantities: Mapping[int, int] | None = None,
    wave: int | None = None,
    opened_by: User | None,
) -> list[Fulfillment]:
    """
    Open a pick list at each location that holds some of what is to be sent.

    `quantities` are units by line id; without them it is all that no list has yet. Raises
    orders.MoveNotAllowed unless the order is confirmed and something is left, NotSoMany for more
    than is left of a line, or inventory.NotReserved.
    """
    order = orders.lock_order(order)
    insist(rules.may_pick(order))
    lines = list(order.lines.order_by("position"))
    units = (
        _all_open(lines)
        if quantities is None
        else chosen_units(lines, quantities, lambda line: line.open)
    )
    parcels = _write(order, _portions(units), wave, opened_by)
    orders.record_picking(
        order=order,
        units=units,
        event="order.picking",
        actor=opened_by,
        fulfillments=[parcel.number for parcel in parcels],
    )
    return parcels


@transaction.atomic
def cancel_fulfillment(*, fulfillment: Fulfillment, cancelled_by: User | None) -> Fulfillment:
    """
    Give up a pick list. What was on it stays reserved, and can go on another one.

    Raises orders.MoveNotAllowed once it is shipped.
    """
    fulfillment = lock_fulfillment(fulfillment, "cancel")
    fulfillment.save(update_fields=["status"])
    rows = list(fulfillment.lines.all())
    inventory.put_back(picks_of(rows))
    orders.record_picking(
        order=fulfillment.order,
        units={line_id: -count for line_id, count in units_of(rows).items()},
        event="order.picking_cancelled",
        actor=cancelled_by,
        fulfillment=fulfillment.number,
    )
    return fulfillment


def units_of(rows: Sequence[FulfillmentLine]) -> dict[int, int]:
    """Sum up what a parcel holds of each order line."""
    units: dict[int, int] = defaultdict(int)
    for row in rows:
        units[row.order_line_id] += row.quantity
    return dict(units)


def picks_of(rows: Sequence[FulfillmentLine]) -> list[inventory.Pick]:
    return [
        inventory.Pick(row.order_line_id, row.stock_level_id, row.quantity, row.pk)
        for row in rows
        if row.stock_level_id is not None
    ]


def _all_open(lines: Sequence[OrderLine]) -> dict[int, int]:
    units = {line.pk: line.open for line in lines if line.open}
    if not units:
        raise orders.MoveNotAllowed(_("All that is left of it is on pick lists already."))
    return units


def _portions(units: Mapping[int, int]) -> list[Portion]:
    """Say where the units lie: at the location that is served first, then the next."""
    left = dict(units)
    promised = inventory.held(list(units))
    portions = []
    for one in promised:
        portion = min(left[one.line_id], one.quantity - one.picked)
        if portion:
            portions.append(Portion(one.line_id, one.level_id, one.location_id, portion))
            left[one.line_id] -= portion
    counted = {one.line_id for one in promised}
    for line_id, rest in left.items():
        if rest and line_id in counted:
            raise inventory.NotReserved(_("Some of it is not reserved for this order any more."))
        if rest:
            portions.append(Portion(line_id, None, None, rest))
    return portions


def _write(
    order: Order, portions: Sequence[Portion], wave: int | None, opened_by: User | None
) -> list[Fulfillment]:
    # What no stock is kept of goes with the first parcel.
    found = dict.fromkeys(one.location_id for one in portions if one.location_id)
    places: list[int | None] = [*found] or [None]
    former = order.fulfillments.count()
    parcels = Fulfillment.objects.bulk_create(
        Fulfillment(
            organization=order.organization,
            order=order,
            number=number,
            location_id=place,
            wave=wave,
            picked_by=opened_by,
        )
        for number, place in enumerate(places, start=former + 1)
    )
    by_place = dict(zip(places, parcels, strict=True))
    rows = FulfillmentLine.objects.bulk_create(
        FulfillmentLine(
            organization=order.organization,
            fulfillment=by_place.get(one.location_id, parcels[0]),
            order_line_id=one.line_id,
            stock_level_id=one.level_id,
            quantity=one.quantity,
        )
        for one in portions
    )
    inventory.pick(picks_of(rows))
    return parcels
