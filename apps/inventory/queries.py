from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Count, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from apps.accounts.models import Organization
from apps.catalog.models import Product, Variant
from apps.inventory.models import Location, Reservation, StockLevel, StockMovement

PAGE = 100


def stock_levels(organization: Organization) -> QuerySet[StockLevel]:
    """Every level with what its row on the stock page shows, by product."""
    return (
        StockLevel.objects.filter(organization=organization)
        .select_related("variant__product", "location")
        .annotate(available=F("on_hand") - F("reserved"))
        .order_by("variant__product__name", "variant__sku", "location__priority", "pk")
    )


class StockPage(NamedTuple):
    """One page of levels; `next` names the one to go on after, empty on the last."""

    levels: list[StockLevel]
    next: str


def stock_page(organization: Organization, *, search: str = "", after: str = "") -> StockPage:
    """Return levels by product. Pages by key and counts nothing."""
    found = stock_levels(organization)
    if search:
        by_name = Q(variant__product__name__icontains=search)
        found = found.filter(by_name | Q(variant__sku__icontains=search))
    former = found.filter(pk=after).first() if after.isdecimal() and len(after) < 19 else None
    if former is not None:
        found = found.filter(_behind(former))
    rows = list(found[: PAGE + 1])
    return StockPage(rows[:PAGE], str(rows[PAGE - 1].pk) if len(rows) > PAGE else "")


def variants_without_stock(organization: Organization) -> QuerySet[Variant]:
    """Variants whose stock is counted but of which none was ever received."""
    return (
        organization.variants.filter(track_stock=True, levels=None)
        .exclude(product__status=Product.Status.ARCHIVED)
        .select_related("product")
        .order_by("product__name", "sku")
    )


def movements(level: StockLevel) -> QuerySet[StockMovement]:
    """Return the ledger of one level, newest first."""
    return level.movements.select_related("actor").order_by("-pk")


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


def movement_page(organization: Organization, *, after: str = "") -> MovementPage:
    """Return the ledger, newest first. Pages by key and counts nothing."""
    found = _ledger(organization).order_by("-pk")
    if after.isdecimal() and len(after) < 19:
        found = found.filter(pk__lt=after)
    rows = list(found[: PAGE + 1])
    return MovementPage(rows[:PAGE], str(rows[PAGE - 1].pk) if len(rows) > PAGE else "")


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


def _ledger(organization: Organization) -> QuerySet[StockMovement]:
    return StockMovement.objects.filter(organization=organization).select_related(
        "stock_level__variant", "stock_level__location", "actor"
    )


def _behind(level: StockLevel) -> Q:
    name, sku = level.variant.product.name, level.variant.sku
    same_name, same_sku = Q(variant__product__name=name), Q(variant__sku=sku)
    later_here = Q(location__priority__gt=level.location.priority) | Q(
        location__priority=level.location.priority, pk__gt=level.pk
    )
    return (
        Q(variant__product__name__gt=name)
        | (same_name & Q(variant__sku__gt=sku))
        | (same_name & same_sku & later_here)
    )


def promised_in_vain(line: OuterRef) -> QuerySet[Reservation]:
    """What an order line was promised from shelves that have not got all they have promised."""
    return Reservation.objects.filter(
        order_line_id=line,
        state=Reservation.State.ACTIVE,
        stock_level__reserved__gt=F("stock_level__on_hand"),
    )
