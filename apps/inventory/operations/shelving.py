"""What lies on the shelves: counted, received, moved to another place, taken back."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.core.claims import claim
from apps.core.errors import InvalidInput, Refusal
from apps.core.languages import number
from apps.inventory.models import Location, StockLevel, StockMovement
from apps.inventory.operations.locking import lock_levels
from apps.inventory.operations.places import default_location

# Far from what the column holds, so that no sum of two levels passes it.
ON_HAND_AT_MOST = 1_000_000_000


class StockPromised(Refusal):
    pass


class ShelfFull(Refusal):
    pass


class SamePlace(InvalidInput):
    pass


class LocationClosed(Refusal):
    pass


class KeyReused(InvalidInput):
    pass


class AlreadyMoved(Refusal):
    """The same request came before; `movement` is what it did, of a transfer the way out."""

    def __init__(self, movement: StockMovement) -> None:
        super().__init__(_("This has been done already."))
        self.movement = movement


class TakenBack(NamedTuple):
    """Units of a variant that came back. `ref_id` is the line of the return, and counts once."""

    variant_id: int
    quantity: int
    ref_id: int


@transaction.atomic
def adjust_stock(
    *,
    variant: Variant,
    location: Location,
    delta: int,
    reason: str,
    actor: User | None,
    kind: StockMovement.Kind | None = None,
    idempotency_key: str = "",
) -> StockLevel:
    """
    Add to what is on hand, or take away, and write down why.

    What is added is a receipt and what is taken away an adjustment, unless `kind` says otherwise.

    Raises StockPromised when orders were promised what would be taken, ShelfFull, LocationClosed;
    AlreadyMoved when this key did the same before, KeyReused when it did something else.
    """
    [level] = _levels(variant, location)
    movement = StockMovement(
        stock_level=level,
        delta=delta,
        kind=kind or (StockMovement.Kind.RECEIPT if delta > 0 else StockMovement.Kind.ADJUSTMENT),
        reason=reason,
        actor=actor,
        idempotency_key=idempotency_key,
    )
    _insist_on_new(movement)
    _change(variant, level, movement)
    level.refresh_from_db()
    return level


@transaction.atomic
def transfer_stock(
    *,
    variant: Variant,
    source: Location,
    target: Location,
    quantity: int,
    reason: str,
    actor: User | None,
    idempotency_key: str = "",
) -> StockMovement:
    """
    Carry units from one location to another: two movements. Returns the one that goes out.

    Raises SamePlace, StockPromised when orders were promised what would leave, and what
    `adjust_stock` raises.
    """
    if source == target:
        raise SamePlace(_("Choose two different locations."), field="target")
    leaves, arrives = _levels(variant, source, target)
    out = StockMovement(
        stock_level=leaves,
        delta=-quantity,
        kind=StockMovement.Kind.TRANSFER,
        reason=reason,
        actor=actor,
        idempotency_key=idempotency_key,
    )
    _insist_on_new(out, arrives)
    _change(variant, leaves, out)
    # The way in names the way out: a transfer is a pair.
    way_in = StockMovement(
        stock_level=arrives,
        delta=quantity,
        kind=StockMovement.Kind.TRANSFER,
        reason=reason,
        actor=actor,
        ref_type="transfer",
        ref_id=out.pk,
    )
    _change(variant, arrives, way_in)
    return out


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
            reason=gettext_noop("Opening stock"),
        )
        for level in levels
    )


def take_back(
    organization: Organization,
    location: Location,
    goods: Sequence[TakenBack],
    *,
    actor: User | None,
) -> None:
    """Put what came back on the shelf, to be sold again: four statements for all."""
    if not goods:
        return
    units: Counter[int] = Counter()
    for one in goods:
        units[one.variant_id] += one.quantity
    StockLevel.objects.bulk_create(
        (
            StockLevel(organization=organization, variant_id=variant_id, location=location)
            for variant_id in sorted(units)
        ),
        ignore_conflicts=True,
    )
    there = StockLevel.objects.filter(variant_id__in=units, location=location).order_by("pk")
    levels = dict(there.select_for_update(no_key=True).values_list("variant_id", "pk"))
    _put_on_hand({levels[variant_id]: quantity for variant_id, quantity in units.items()})
    StockMovement.objects.bulk_create(
        StockMovement(
            organization=organization,
            stock_level_id=levels[one.variant_id],
            delta=one.quantity,
            kind=StockMovement.Kind.RETURN,
            ref_type="return_line",
            ref_id=one.ref_id,
            actor=actor,
        )
        for one in goods
    )


def _levels(variant: Variant, *locations: Location) -> list[StockLevel]:
    """Return the levels at these places, made where there was none, and locked."""
    level_ids = [
        StockLevel.objects.get_or_create(
            organization_id=variant.organization_id, variant=variant, location=location
        )[0].pk
        for location in locations
    ]
    locked = {level.pk: level for level in lock_levels(level_ids)}
    return [locked[level_id] for level_id in level_ids]


def _insist_on_new(asked: StockMovement, arrives: StockLevel | None = None) -> None:
    # Under the lock of the level, so that the same request twice at once comes one by one, and
    # before the stock is looked at, which may be gone because of the first.
    former = StockMovement.objects.filter(
        organization_id=asked.stock_level.organization_id,
        idempotency_key=asked.idempotency_key or None,
    ).first()
    if former is None:
        return
    if not _is_same(former, asked, arrives):
        raise _key_reused()
    raise AlreadyMoved(former)


def _is_same(former: StockMovement, asked: StockMovement, arrives: StockLevel | None) -> bool:
    facts = ("stock_level_id", "delta", "kind", "reason")
    same = all(getattr(former, fact) == getattr(asked, fact) for fact in facts)
    if arrives is None:
        return same
    return same and arrives.movements.filter(ref_type="transfer", ref_id=former.pk).exists()


def _change(variant: Variant, level: StockLevel, movement: StockMovement) -> None:
    if movement.delta > 0:
        _insist_on_open(level.location_id)
    changed = StockLevel.objects.filter(pk=level.pk)
    # A backorder has already promised more than there is; a delivery must still be bookable.
    if movement.delta < 0:
        changed = changed.filter(reserved__lte=F("on_hand") + movement.delta)
    if not claim(changed, "on_hand", movement.delta, limit=ON_HAND_AT_MOST):
        raise _refusal(variant, level, movement.delta)
    movement.organization_id = variant.organization_id
    try:
        with transaction.atomic():
            movement.save()
    except IntegrityError as error:
        # The same key for stock elsewhere, at the same moment.
        raise _key_reused() from error


def _insist_on_open(location_id: int) -> None:
    # Held until the end: whoever closes it comes before, or finds what was put there.
    location = Location.objects.select_for_update(no_key=True).get(pk=location_id)
    if not location.active:
        raise LocationClosed(
            _("%(location)s is closed: nothing is put there.") % {"location": location}
        )


def _refusal(variant: Variant, level: StockLevel, delta: int) -> Refusal:
    if delta > 0:
        return ShelfFull(
            _("A location holds at most %(most)s of one.") % {"most": number(ON_HAND_AT_MOST)},
            field="delta",
        )
    return StockPromised(
        _(
            "%(sku)s has %(on_hand)s on hand and %(reserved)s of them are promised to orders, "
            "so %(quantity)s cannot be taken away."
        )
        % {
            "sku": variant.sku,
            "on_hand": level.on_hand,
            "reserved": level.reserved,
            "quantity": -delta,
        },
        field="delta",
    )


def _key_reused() -> KeyReused:
    return KeyReused(
        _("This idempotency key came with another request before."), field="Idempotency-Key"
    )


def _put_on_hand(units: dict[int, int]) -> None:
    values = ", ".join(["(%s::bigint, %s::int)"] * len(units))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_stocklevel AS level SET on_hand = on_hand + quantity"  # noqa: S608
            f" FROM (VALUES {values}) AS back (id, quantity) WHERE level.id = back.id",
            [part for row in units.items() for part in row],
        )
