"""From the promise to the parcel: what is held for a line, on a pick list, and sent."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.core.errors import Refusal
from apps.inventory.models import Reservation, StockMovement
from apps.inventory.operations.locking import active, lock_levels
from apps.inventory.operations.promising import OutOfStock


class NotReserved(Refusal):
    pass


class Held(NamedTuple):
    """What is promised to an order line at one level; `picked` of it are on open pick lists."""

    line_id: int
    level_id: int
    location_id: int
    quantity: int
    picked: int


class Pick(NamedTuple):
    """Promised units that go into a parcel. `ref_id` is the parcel's line, and moves stock once."""

    line_id: int
    level_id: int
    quantity: int
    ref_id: int | None = None


def held(line_ids: Sequence[int]) -> list[Held]:
    """Return what is promised to these lines, by the priority of the location. Locks nothing."""
    rows = active(line_ids).order_by(
        "stock_level__location__priority", "stock_level__location_id", "pk"
    )
    return [
        Held(*row)
        for row in rows.values_list(
            "order_line_id", "stock_level_id", "stock_level__location_id", "quantity", "picked"
        )
    ]


def pick(picks: Sequence[Pick]) -> None:
    """
    Put promised units on a pick list: nobody else picks or releases them.

    Raises NotReserved when they are not promised to the line, or on another list.
    """
    if not picks:
        return
    lock_levels(one.level_id for one in picks)
    if _mark_picked(picks) != len(_summed(picks)):
        raise NotReserved(_("Some of it is not reserved for this order, or on another pick list."))


def put_back(picks: Sequence[Pick]) -> None:
    """Take units off a pick list that nobody will send. They stay promised."""
    if picks:
        lock_levels(one.level_id for one in picks)
        _mark_picked([one._replace(quantity=-one.quantity) for one in picks])


def consume(organization: Organization, picks: Sequence[Pick], *, actor: User | None) -> None:
    """
    Take promised stock off the shelf: it leaves with a parcel, once for each `ref_id`.

    Raises NotReserved when it is not promised (any more), OutOfStock when a backorder's goods have
    not come in yet.
    """
    if not picks:
        return
    lock_levels(one.level_id for one in picks)
    if shrink(picks, Reservation.State.CONSUMED) != len(_summed(picks)):
        raise NotReserved(_("Some of it is no longer reserved for this order."))
    if take_off(picks, on_hand=True) != len({one.level_id for one in picks}):
        raise OutOfStock(_("Some of it has not come in yet: receive the stock, then ship it."))
    StockMovement.objects.bulk_create(
        StockMovement(
            organization=organization,
            stock_level_id=level_id,
            delta=-quantity,
            kind=StockMovement.Kind.SHIPMENT,
            ref_type="fulfillment_line",
            ref_id=ref_id,
            actor=actor,
        )
        for _, level_id, quantity, ref_id in picks
    )


def shrink(picks: Sequence[Pick], state: Reservation.State) -> int:
    """Take units off promises. One of which nothing is left is closed, and keeps its quantity."""
    values, parameters = _rows_of(picks)
    sent = state == Reservation.State.CONSUMED
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_reservation AS promise SET"  # noqa: S608
            " quantity = CASE WHEN promise.quantity > asked.quantity"
            " THEN promise.quantity - asked.quantity ELSE promise.quantity END,"
            " state = CASE WHEN promise.quantity > asked.quantity THEN 'active' ELSE %s END,"
            " picked = greatest(promise.picked - CASE WHEN %s THEN asked.quantity ELSE 0 END, 0)"
            f" FROM (VALUES {values}) AS asked (line_id, level_id, quantity)"
            " WHERE order_line_id = line_id AND stock_level_id = level_id AND state = 'active'"
            " AND promise.quantity >= asked.quantity",
            [state.value, sent, *parameters],
        )
        return int(cursor.rowcount)


def take_off(picks: Sequence[Pick], *, on_hand: bool) -> int:
    """Lower the counters of levels that the caller holds; never what is on hand below nothing."""
    units: Counter[int] = Counter()
    for one in picks:
        units[one.level_id] += one.quantity
    parameters = [part for row in units.items() for part in row]
    values = ", ".join(["(%s::bigint, %s::int)"] * len(units))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_stocklevel AS level"  # noqa: S608
            " SET reserved = reserved - quantity,"
            " on_hand = on_hand - CASE WHEN %s THEN quantity ELSE 0 END"
            f" FROM (VALUES {values}) AS sent (id, quantity)"
            " WHERE level.id = sent.id AND (on_hand >= quantity OR NOT %s)",
            [on_hand, *parameters, on_hand],
        )
        return int(cursor.rowcount)


def _summed(picks: Sequence[Pick]) -> dict[tuple[int, int], int]:
    # A row that meets two rows of VALUES is changed by one of them only.
    units: Counter[tuple[int, int]] = Counter()
    for line_id, level_id, quantity, _ref_id in picks:
        units[line_id, level_id] += quantity
    return dict(units)


def _mark_picked(picks: Sequence[Pick]) -> int:
    values, parameters = _rows_of(picks)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_reservation AS promise"  # noqa: S608
            " SET picked = promise.picked + asked.quantity"
            f" FROM (VALUES {values}) AS asked (line_id, level_id, quantity)"
            " WHERE order_line_id = line_id AND stock_level_id = level_id AND state = 'active'"
            " AND promise.picked + asked.quantity BETWEEN 0 AND promise.quantity",
            parameters,
        )
        return int(cursor.rowcount)


def _rows_of(picks: Sequence[Pick]) -> tuple[str, list[int]]:
    parameters: list[int] = []
    for (line_id, level_id), quantity in _summed(picks).items():
        parameters += [line_id, level_id, quantity]
    return ", ".join(["(%s::bigint, %s::bigint, %s::int)"] * (len(parameters) // 3)), parameters
