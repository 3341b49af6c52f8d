from collections.abc import Iterable

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce

from apps.accounts.models import Organization
from apps.inventory.models import StockLevel, StockMovement


def stock_levels(organization: Organization) -> QuerySet[StockLevel]:
    """Every level with what its row on the stock page shows, by product."""
    return (
        StockLevel.objects.filter(organization=organization)
        .select_related("variant__product", "location")
        .annotate(available=F("on_hand") - F("reserved"))
        .order_by("variant__product__name", "variant__sku", "location__priority", "pk")
    )


def availability(variant_ids: Iterable[int]) -> dict[int, int]:
    """Return what can still be promised of each variant, over all active locations."""
    rows = (
        StockLevel.objects.filter(variant__in=list(variant_ids), location__active=True)
        .values_list("variant_id")
        .annotate(available=Coalesce(Sum(F("on_hand") - F("reserved")), 0))
    )
    return dict(rows)


def recent_movements(organization: Organization) -> QuerySet[StockMovement]:
    """Return the ledger, newest first."""
    return (
        StockMovement.objects.filter(organization=organization)
        .select_related("stock_level__variant", "stock_level__location", "actor")
        .order_by("-pk")
    )
