"""
What can be done to stock. One module owns both sides: the counters and the rows that explain them.

Rows of stock are always locked in the order of their ids, or two baskets can deadlock.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.core.errors import Refusal
from apps.inventory.models import Location, Reservation, StockLevel, StockMovement

DEFAULT_LOCATION = "MAIN"


class OutOfStock(Refusal):
    pass


class StockPromised(Refusal):
    pass


class Taken(NamedTuple):
    """Some units of one variant, promised at one level."""

    level_id: int
    variant_id: int
    quantity: int


class Need(NamedTuple):
    line_id: int
    variant_id: int
    quantity: int


class Shortage(NamedTuple):
    sku: str
    asked: int
    available: int

    def __str__(self) -> str:
        return f"{self.sku}: {self.asked} wanted, {self.available} available"


def default_location(organization: Organization) -> Location:
    """Return the location served first, made if the organization has none."""
    location = organization.locations.filter(active=True).order_by("priority", "pk").first()
    if location is None:
        location, _ = Location.objects.get_or_create(
            organization=organization, code=DEFAULT_LOCATION, defaults={"name": "Main warehouse"}
        )
    return location


@transaction.atomic
def adjust_stock(
    *, variant: Variant, location: Location, delta: int, reason: str, actor: User | None
) -> StockLevel:
    """
    Add to what is on hand, or take away, and write down why.

    Raises StockPromised when orders were promised what would be taken.
    """
    level, _ = StockLevel.objects.get_or_create(
        organization_id=variant.organization_id, variant=variant, location=location
    )
    # A backorder has already promised more than there is; a delivery must still be bookable.
    changed = StockLevel.objects.filter(pk=level.pk)
    if delta < 0:
        changed = changed.filter(reserved__lte=F("on_hand") + delta)
    if not changed.update(on_hand=F("on_hand") + delta):
        level.refresh_from_db()
        raise StockPromised(
            f"{variant.sku} has {level.on_hand} on hand and {level.reserved} of them are promised "
            f"to orders, so {-delta} cannot be taken away.",
            field="delta",
        )
    StockMovement.objects.create(
        organization_id=variant.organization_id,
        stock_level=level,
        delta=delta,
        kind=StockMovement.Kind.RECEIPT if delta > 0 else StockMovement.Kind.ADJUSTMENT,
        reason=reason,
        actor=actor,
    )
    level.refresh_from_db()
    return level


def open_stock(organization: Organization, quantities: Sequence[tuple[Variant, int]]) -> None:
    """Book at the default location what new variants start with: two statements for all."""
    if not quantities:
        return
    location = default_location(organization)
    levels = StockLevel.objects.bulk_create(
        StockLevel(organization=organization, variant=variant, location=location, on_hand=quantity)
        for variant, quantity in quantities
    )
    StockMovement.objects.bulk_create(
        StockMovement(
            organization=organization,
            stock_level=level,
            delta=level.on_hand,
            kind=StockMovement.Kind.RECEIPT,
            reason="Opening stock",
        )
        for level in levels
    )


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
        raise OutOfStock(f"Not enough stock. {'; '.join(map(str, short))}.", field="lines")
    _promise(taken, tracked)
    return taken


def assign(
    organization: Organization,
    taken: Sequence[Taken],
    lines: Sequence[Need],
    expires_at: datetime | None = None,
) -> None:
    """Write down which order line each promised unit is for."""
    left: dict[int, list[list[int]]] = defaultdict(list)
    for level_id, variant_id, quantity in taken:
        left[variant_id].append([level_id, quantity])
    reservations: list[int] = []
    for line in lines:
        wanted: int = line.quantity
        for portion in left.get(line.variant_id, []):
            used = min(wanted, portion[1])
            if used:
                reservations += [organization.pk, portion[0], line.line_id, used]
            portion[1] -= used
            wanted -= used
    if reservations:
        _reserve(reservations)


def release(line_ids: Sequence[int]) -> None:
    """Give promised stock back: the order was cancelled, or expired."""
    for reservation in _lock_active(line_ids):
        StockLevel.objects.filter(pk=reservation.stock_level_id).update(
            reserved=F("reserved") - reservation.quantity
        )
    _close(line_ids, Reservation.State.RELEASED)


class Shipped(NamedTuple):
    order_line_id: int
    level_id: int
    quantity: int


def consume(line_ids: Sequence[int], *, actor: User | None) -> list[Shipped]:
    """Take promised stock off the shelf: it leaves with a parcel. Each reservation moves once."""
    reservations = _lock_active(line_ids)
    for reservation in reservations:
        StockLevel.objects.filter(pk=reservation.stock_level_id).update(
            on_hand=F("on_hand") - reservation.quantity,
            reserved=F("reserved") - reservation.quantity,
        )
    StockMovement.objects.bulk_create(
        StockMovement(
            organization_id=reservation.organization_id,
            stock_level_id=reservation.stock_level_id,
            delta=-reservation.quantity,
            kind=StockMovement.Kind.SHIPMENT,
            ref_type="reservation",
            ref_id=reservation.pk,
            actor=actor,
        )
        for reservation in reservations
    )
    _close(line_ids, Reservation.State.CONSUMED)
    return [Shipped(one.order_line_id, one.stock_level_id, one.quantity) for one in reservations]


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
    for _, level_id, variant_id, available in sorted(rows):
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
        first = levels[0].id
        taken[first] = taken.get(first, 0) + wanted
        wanted = 0
    if wanted:
        return Shortage(variant.sku, asked, asked - wanted)
    return [Taken(level_id, variant.pk, quantity) for level_id, quantity in taken.items()]


def _reserve(parameters: Sequence[int]) -> None:
    values = ", ".join(["(%s, %s, %s, %s, 'active')"] * (len(parameters) // 4))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inventory_reservation"  # noqa: S608
            f" (organization_id, stock_level_id, order_line_id, quantity, state) VALUES {values}",
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


def _lock_active(line_ids: Sequence[int]) -> list[Reservation]:
    active = Reservation.objects.filter(
        order_line_id__in=line_ids, state=Reservation.State.ACTIVE
    ).order_by("stock_level_id", "pk")
    reservations = list(active.select_for_update())
    # The levels too, and in order, before the first of them is written.
    levels = StockLevel.objects.filter(pk__in={one.stock_level_id for one in reservations})
    list(levels.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    return reservations


def _close(line_ids: Sequence[int], state: Reservation.State) -> None:
    Reservation.objects.filter(order_line_id__in=line_ids, state=Reservation.State.ACTIVE).update(
        state=state
    )


def release_units(units: Mapping[int, int]) -> None:
    for line_id, n in units.items():
        for r in Reservation.objects.filter(order_line_id=line_id, state="active"):
            m = min(n, r.quantity)
            n -= m  # noqa: PLW2901
            StockLevel.objects.filter(pk=r.stock_level_id).update(reserved=F("reserved") - m)
            if m == r.quantity:
                Reservation.objects.filter(pk=r.pk).update(state="released")
            else:
                Reservation.objects.filter(pk=r.pk).update(quantity=F("quantity") - m)


def lock_stock(variant_ids: Iterable[int]) -> None:
    list(
        StockLevel.objects.filter(variant__in=variant_ids)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk")
    )


def forget(line_ids: Sequence[int]) -> None:
    release(line_ids)
    Reservation.objects.filter(order_line_id__in=line_ids).delete()
