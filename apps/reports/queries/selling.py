from datetime import date

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from apps.accounts.models import Organization
from apps.catalog.models import Product, Variant
from apps.inventory.models import StockLevel
from apps.reports.models import DailySales

PAGE = 200
API_PAGE = 1000


def daily_sales(
    organization: Organization, *, since: date | None = None, until: date | None = None
) -> QuerySet[DailySales]:
    """Return what was sold each day, newest first, both days included."""
    found = DailySales.objects.filter(organization=organization)
    if since:
        found = found.filter(date__gte=since)
    if until:
        found = found.filter(date__lte=until)
    return found.order_by("-date", "currency", "channel")


def low_variants(organization: Organization) -> QuerySet[Variant]:
    """
    Return the variants of which no more can be promised than the organization calls low.

    Each with `available`, over all active locations. What was never in stock is not low.
    """
    at_work = Q(levels__location__active=True)
    # Who can promise no more than this altogether can promise no more at any one place. So these
    # few are enough to add up.
    few = Q(on_hand__lte=F("reserved") + organization.low_stock_at) | Q(location__active=False)
    candidates = StockLevel.objects.filter(few, organization=organization).values("variant")
    available = Coalesce(Sum(F("levels__on_hand") - F("levels__reserved"), filter=at_work), 0)
    return (
        organization.variants.filter(pk__in=candidates, track_stock=True)
        .exclude(product__status=Product.Status.ARCHIVED)
        .annotate(available=available)
        .filter(available__lte=organization.low_stock_at)
        .select_related("product")
        .order_by("available", "sku")
    )
