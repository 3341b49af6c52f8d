"""
Promises of stock: what an order takes, and which of its lines each unit is for.

Both sides are always written together: the counters, and the rows that explain them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.catalog.models import Variant
from apps.core.errors import Refusal

# What is promised of a level beyond what lies there.
BACKORDERED_AT_MOST = 1_000_000_000


class OutOfStock(Refusal):
    pass


class Taken(NamedTuple):
    """Some units of one variant, promised at one level."""

    level_id: int
    variant_id: int
    quantity: int


class Need(NamedTuple):
    """What an order line wants of what was taken."""

    line_id: int
    variant_id: int | None
    quantity: int


class Shortage(NamedTuple):
    sku: str
    asked: int
    available: int

    def __str__(self) -> str:
        return _("%(sku)s: %(asked)s wanted, %(available)s available") % self._asdict()


def take(organization: Organization, demand: Mapping[Variant, int]) -> list[Taken]:
    """
    Promise stock, all of it or nothing, from the location with the lowest priority number first.

    `demand` is the sum over all lines: two lines of one variant share its stock. The caller hands
    the result to `assign` in the same transaction. Raises OutOfStock naming each short SKU.
    """
    tracked = {variant.pk: variant for variant in demand if variant.track_stock}
    if not tracked:
        return []
    levels = _lock_levels(organization, tracked)
    taken: list[Taken] = []
    short: list[Shortage] = []
    for variant, asked in demand.items():
        if variant.track_stock:
            found = _allocate(variant, asked, levels[variant.pk])
            if isinstance(found, Shortage):
                short.append(found)
            else:
                taken += found
    if short:
        raise OutOfStock(
            _("Not enough stock. %(which)s.") % {"which": "; ".join(map(str, short))}, field="lines"
        )
    _promise(taken, tracked)
    return taken


def assign(
    organization: Organization,
    taken: Sequence[Taken],
    needs: Sequence[Need],
    expires_at: datetime | None = None,
) -> None:
    """
    Write down which order line each promised unit is for, and until when; empty: until it is sent.

    Adds to what the line was promised before.
    """
    left: dict[int | None, list[list[int]]] = defaultdict(list)
    for level_id, variant_id, quantity in taken:
        left[variant_id].append([level_id, quantity])
    reservations: list[int | datetime | None] = []
    for line_id, wanted_id, quantity in needs:
        wanted = quantity
        for portion in left.get(wanted_id, []):
            used = min(wanted, portion[1])
            if used:
                reservations += [organization.pk, portion[0], line_id, used, expires_at]
            portion[1] -= used
            wanted -= used
    if reservations:
        _reserve(reservations)


class _Level(NamedTuple):
    id: int
    available: int


def _lock_levels(
    organization: Organization, variants: Mapping[int, Variant]
) -> dict[int, list[_Level]]:
    # In SQL like the other two of an order, because Django takes longer to word them than
    # PostgreSQL to do them. IN and not ANY, for which it would plan anew each time.
    places = ", ".join(["%s"] * len(variants))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT location.priority, level.id, variant_id, on_hand - reserved"  # noqa: S608
            " FROM inventory_stocklevel AS level"
            " JOIN inventory_location AS location ON location.id = location_id AND active"
            f" WHERE level.organization_id = %s AND variant_id IN ({places})"
            " ORDER BY level.id FOR NO KEY UPDATE OF level",
            [organization.pk, *variants],
        )
        rows = cursor.fetchall()
    levels: dict[int, list[_Level]] = defaultdict(list)
    for _priority, level_id, variant_id, available in sorted(rows):
        levels[variant_id].append(_Level(level_id, available))
    return levels


def _allocate(variant: Variant, asked: int, levels: list[_Level]) -> list[Taken] | Shortage:
    taken = {}
    wanted = asked
    for level in levels:
        portion = min(wanted, max(level.available, 0))
        if portion:
            taken[level.id] = portion
            wanted -= portion
    if wanted and variant.allow_backorder and levels:
        first = levels[0]
        # Somewhere even backorders end: the column does.
        if wanted - first.available <= BACKORDERED_AT_MOST:
            taken[first.id] = taken.get(first.id, 0) + wanted
            wanted = 0
    if wanted:
        return Shortage(variant.sku, asked, asked - wanted)
    return [Taken(level_id, variant.pk, quantity) for level_id, quantity in taken.items()]


def _reserve(parameters: Sequence[int | datetime | None]) -> None:
    values = ", ".join(["(%s, %s, %s, %s, %s, 'active')"] * (len(parameters) // 5))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inventory_reservation AS former"  # noqa: S608
            " (organization_id, stock_level_id, order_line_id, quantity, expires_at, state)"
            f" VALUES {values}"
            " ON CONFLICT (order_line_id, stock_level_id) WHERE state = 'active' DO UPDATE"
            " SET quantity = former.quantity + EXCLUDED.quantity, expires_at = EXCLUDED.expires_at",
            parameters,
        )


def _promise(taken: Sequence[Taken], variants: Mapping[int, Variant]) -> None:
    # One statement for all rows, already locked in order. The CHECK on the table is the last word.
    values = ", ".join(["(%s::bigint, %s::int, %s::boolean)"] * len(taken))
    parameters: list[int | bool] = []
    for one in taken:
        parameters += [one.level_id, one.quantity, variants[one.variant_id].allow_backorder]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_stocklevel AS level"  # noqa: S608
            " SET reserved = level.reserved + taken.quantity,"
            " allow_negative = level.allow_negative OR taken.backorder"
            f" FROM (VALUES {values}) AS taken (id, quantity, backorder)"
            " WHERE level.id = taken.id",
            parameters,
        )
