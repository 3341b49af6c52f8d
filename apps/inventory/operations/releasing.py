"""Promises that end without a parcel."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from apps.inventory.models import Reservation
from apps.inventory.operations.locking import active, lock_levels_of
from apps.inventory.operations.picking import Pick, held, shrink, take_off


def release(line_ids: Sequence[int]) -> None:
    """Give back all that is promised to these lines: the order was cancelled, or expired."""
    if line_ids and lock_levels_of(active(line_ids)):
        _release("order_line_id", line_ids)


def forget(line_ids: Sequence[int]) -> None:
    """Give back all that is promised to lines that will be deleted: those of a draft."""
    release(line_ids)
    Reservation.objects.filter(order_line_id__in=line_ids).delete()


def release_units(units: Mapping[int, int]) -> None:
    """
    Give back so many units of each line, from the location that is served last first.

    Units on an open pick list stay. What was never promised (stock is not counted) is passed over.
    """
    lock_levels_of(active(list(units)))
    left = dict(units)
    released = []
    for line_id, level_id, _, quantity, picked in reversed(held(list(units))):
        portion = min(left[line_id], quantity - picked)
        if portion:
            released.append(Pick(line_id, level_id, portion))
            left[line_id] -= portion
    if released:
        shrink(released, Reservation.State.RELEASED)
        take_off(released, on_hand=False)


@transaction.atomic
def release_expired_reservations(now: datetime) -> int:
    """Give back what was promised for a time that is over. Returns how many promises."""
    overdue = Reservation.objects.filter(state=Reservation.State.ACTIVE, expires_at__lt=now)
    levels = lock_levels_of(overdue)
    # Read again under the lock: meanwhile some may have been kept.
    left = list(overdue.filter(stock_level__in=levels).values_list("pk", flat=True))
    if left:
        _release("id", left)
    return len(left)


def _release(column: str, ids: Sequence[int]) -> None:
    places = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH released AS ("  # noqa: S608
            "UPDATE inventory_reservation SET state = 'released', picked = 0"
            f" WHERE {column} IN ({places}) AND state = 'active'"
            " RETURNING stock_level_id, quantity)"
            " UPDATE inventory_stocklevel AS level SET reserved = reserved - units"
            " FROM (SELECT stock_level_id, sum(quantity) AS units FROM released GROUP BY 1) AS sums"
            " WHERE level.id = stock_level_id",
            list(ids),
        )
