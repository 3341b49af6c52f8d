from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import FETCH_RAISE, Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from apps.accounts.models import Organization
from apps.catalog import queries as catalog
from apps.catalog.models import Product, Variant
from apps.core.plans import planned_for_its_values
from apps.inventory.models import Location, Reservation, StockLevel, StockMovement

PAGE = 50
# So many lines there are on a page of variants that lie in several places, with all of these.
LINES = 75
# A variant in many places shows these first; its own page has the rest.
PLACES_SHOWN = 5
# What a page of movements shows, here and in the ledger of one level.
MOVEMENTS = 50


def stock_levels(organization: Organization) -> QuerySet[StockLevel]:
    """Every level with what its row on the stock page shows, by product."""
    return (
        StockLevel.objects.filter(organization=organization)
        .select_related("variant__product", "location")
        .annotate(available=F("on_hand") - F("reserved"))
        .order_by("variant__product__name", "variant__sku", "location__priority", "pk")
    )


class Filters(NamedTuple):
    """Which stock a list shows; empty: all. `state` is low, negative or never (received)."""

    search: str = ""
    location: Location | None = None
    state: str = ""


class StockRow(NamedTuple):
    """A variant and where it lies. The sums are over all its levels that the list is about."""

    variant: Variant
    levels: Sequence[StockLevel]
    # Places that are not shown.
    more: int
    on_hand: int
    reserved: int
    available: int


class StockPage(NamedTuple):
    """One page of variants; `next` is the SKU to go on behind, empty on the last."""

    rows: list[StockRow]
    next: str


def stock_page(
    organization: Organization, filters: Filters, *, places: int = 1, after: str = ""
) -> StockPage:
    """
    Return whatever has a counted stock, by SKU. Pages by key and counts nothing.

    Where it may lie in several `places`, a page has fewer variants.
    """
    lines = 1 if filters.location or places < 2 else min(places, PLACES_SHOWN) + 1
    size = min(PAGE, LINES // lines)
    found = _counted(organization, filters).select_related("product__image").order_by("sku")
    if after:
        found = found.filter(sku__gt=after)
    if filters.search:
        # Each way ends with the page: of a word that thousands have, nobody needs them all.
        ways = catalog.ways_to_name_a_variant(organization, filters.search)
        pages = [found.filter(way).values("pk")[: size + 1] for way in ways]
        found = found.filter(pk__in=pages[0].union(pages[1]))
    with planned_for_its_values():
        variants = list(found.fetch_mode(FETCH_RAISE)[: size + 1])
    shown = variants[:size]
    levels = stock_levels(organization).filter(variant__in=shown).select_related("location")
    if filters.location:
        levels = levels.filter(location=filters.location)
    by_variant: dict[int, list[StockLevel]] = {}
    for level in levels.order_by("location__priority", "location_id"):
        by_variant.setdefault(level.variant_id, []).append(level)
    rows = [_row(one, by_variant.get(one.pk, [])) for one in shown]
    return StockPage(rows, shown[-1].sku if len(variants) > size else "")


def level_named_by(page: StockPage, code: str) -> StockLevel | None:
    """Return the only level of a page if the code is its variant's SKU or barcode: a scan."""
    if len(page.rows) != 1 or len(page.rows[0].levels) != 1:
        return None
    [row] = page.rows
    is_named = bool(code) and code in {row.variant.barcode, row.variant.sku}
    return row.levels[0] if is_named else None


def variants_without_stock(organization: Organization) -> QuerySet[Variant]:
    """Variants whose stock is counted but of which none was ever received."""
    return (
        organization.variants.filter(track_stock=True, archived=False, levels=None)
        .exclude(product__status=Product.Status.ARCHIVED)
        .select_related("product")
        .order_by("product__name", "sku")
    )


class LedgerRow(NamedTuple):
    """A movement and what was on hand after it."""

    movement: StockMovement
    balance: int


class Ledger(NamedTuple):
    """A page of the ledger of one level, newest first; `next` is the movement to go on behind."""

    rows: list[LedgerRow]
    next: str


def ledger(level: StockLevel, *, after: str = "") -> Ledger:
    """Return what moved at a level. `on_hand` is taken as the balance after the newest."""
    found = level.movements.select_related("actor").order_by("-pk")
    balance = level.on_hand
    if former := _key(after):
        balance -= level.movements.filter(pk__gte=former).aggregate(sum=Sum("delta"))["sum"] or 0
        found = found.filter(pk__lt=former)
    movements = list(found[: MOVEMENTS + 1])
    rows = []
    for movement in movements[:MOVEMENTS]:
        rows.append(LedgerRow(movement, balance))
        balance -= movement.delta
    is_more = len(movements) > MOVEMENTS
    return Ledger(rows, str(rows[-1].movement.pk) if is_more else "")


def newest_movement(level: StockLevel) -> int:
    """Return the id of what moved last, 0 where nothing did: what a page has seen of a level."""
    return level.movements.order_by("-pk").values_list("pk", flat=True).first() or 0


def elsewhere(level: StockLevel) -> QuerySet[StockLevel]:
    """Return the other levels of its variant."""
    found = stock_levels(level.organization).filter(variant=level.variant).exclude(pk=level.pk)
    return found.order_by("location__priority", "pk")


def availability(variant_ids: Iterable[int]) -> dict[int, int]:
    """Return what can still be promised of each variant, over all active locations."""
    rows = (
        StockLevel.objects.filter(variant__in=list(variant_ids), location__active=True)
        .values_list("variant_id")
        .annotate(available=Coalesce(Sum(F("on_hand") - F("reserved")), 0))
    )
    return dict(rows)


class MovementPage(NamedTuple):
    """One page of the ledger; `next` names the movement to go on behind, empty on the last."""

    movements: list[StockMovement]
    next: str


class MovementFilters(NamedTuple):
    """Which movements a list shows; empty: all. Days are the organization's, both included."""

    search: str = ""
    location: Location | None = None
    kind: str = ""
    since: date | None = None
    until: date | None = None


def movement_page(
    organization: Organization, filters: MovementFilters, *, after: str = ""
) -> MovementPage:
    """Return the ledger, newest first. Pages by key and counts nothing."""
    found = _narrowed(organization, filters).order_by("-created_at", "-pk")
    former = _ledger(organization).filter(pk=_key(after)).first() if _key(after) else None
    if former is not None:
        # Not "earlier or (as early and ...)": where an index is to begin, nothing says OR.
        found = found.filter(created_at__lte=former.created_at)
        found = found.exclude(created_at=former.created_at, pk__gte=former.pk)
    with planned_for_its_values():
        rows = list(found.fetch_mode(FETCH_RAISE)[: MOVEMENTS + 1])
    is_more = len(rows) > MOVEMENTS
    return MovementPage(rows[:MOVEMENTS], str(rows[MOVEMENTS - 1].pk) if is_more else "")


def movement_of(organization: Organization, idempotency_key: str) -> StockMovement:
    """Return what the request of this key did; of a transfer the way out."""
    return _ledger(organization).get(idempotency_key=idempotency_key)


def arrival_of(out: StockMovement) -> StockMovement:
    """Return the other half of a transfer, from its way out."""
    return StockMovement.objects.select_related(
        "stock_level__variant", "stock_level__location"
    ).get(ref_type="transfer", ref_id=out.pk)


def places(organization: Organization) -> QuerySet[Location]:
    """Every location with what lies there, in the order in which orders are served."""
    return organization.locations.annotate(
        units=Coalesce(Sum("levels__on_hand"), 0),
        promised=Coalesce(Sum("levels__reserved"), 0),
        kinds=Count("levels", filter=~Q(levels__on_hand=0)),
    ).order_by("-active", "priority", "pk")


def promised_in_vain(line: OuterRef) -> QuerySet[Reservation]:
    """What an order line was promised from shelves that have not got all they have promised."""
    return Reservation.objects.filter(
        order_line_id=line,
        state=Reservation.State.ACTIVE,
        stock_level__reserved__gt=F("stock_level__on_hand"),
    )


def _ledger(organization: Organization) -> QuerySet[StockMovement]:
    return StockMovement.objects.filter(organization=organization).select_related(
        "stock_level__variant", "stock_level__location", "actor"
    )


def _counted(organization: Organization, filters: Filters) -> QuerySet[Variant]:
    found = organization.variants.filter(track_stock=True)
    if not filters.search:
        # What is archived is done with, unless somebody asks for it by name.
        found = found.exclude(product__status=Product.Status.ARCHIVED)
    if filters.location:
        here = StockLevel.objects.filter(variant=OuterRef("pk"), location=filters.location)
        found = found.filter(Exists(here))
    return _in_state(organization, found, filters.state)


def _in_state(
    organization: Organization, found: QuerySet[Variant], state: str
) -> QuerySet[Variant]:
    if state == "low":
        low = catalog.low_variants(organization, at_most=organization.low_stock_at)
        return found.filter(pk__in=low)
    if state == "negative":
        short = StockLevel.objects.filter(
            organization=organization, allow_negative=True, reserved__gt=F("on_hand")
        )
        return found.filter(pk__in=short.values("variant"))
    if state == "never":
        return found.filter(levels=None, archived=False)
    return found


def _row(variant: Variant, levels: Sequence[StockLevel]) -> StockRow:
    on_hand, reserved = sum(one.on_hand for one in levels), sum(one.reserved for one in levels)
    shown = levels[:PLACES_SHOWN]
    more = len(levels) - len(shown)
    return StockRow(variant, shown, more, on_hand, reserved, on_hand - reserved)


def _narrowed(organization: Organization, filters: MovementFilters) -> QuerySet[StockMovement]:
    found = _ledger(organization)
    if filters.search:
        named = catalog.variants_named(organization, filters.search)
        found = found.filter(stock_level__variant__in=named)
    if filters.location:
        found = found.filter(stock_level__location=filters.location)
    if filters.kind:
        found = found.filter(kind=filters.kind)
    if filters.since:
        found = found.filter(created_at__gte=_midnight(organization, filters.since))
    if filters.until:
        end = _midnight(organization, filters.until + timedelta(days=1))
        found = found.filter(created_at__lt=end)
    return found


def _midnight(organization: Organization, day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(organization.timezone))


def _key(after: str) -> int:
    return int(after) if after.isdecimal() and len(after) < 19 else 0
