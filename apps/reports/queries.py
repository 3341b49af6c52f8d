from datetime import date
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from apps.accounts.models import Organization
from apps.catalog.models import Product, Variant
from apps.reports.invariants import Invariant
from apps.reports.models import DailySales, Finding

EXAMPLES = 20
PAGE = 200
API_PAGE = 1000
# One query reads all there is, so it may take longer than what a page asks for.
AUDIT_SECONDS = 40


class Breach(NamedTuple):
    """How often one organization breaks an invariant, with some of it in words."""

    # Empty: it is about the database itself.
    organization_id: int | None
    violations: int
    examples: list[str]


def breaches(invariant: Invariant, organization: Organization | None = None) -> list[Breach]:
    """Return where an invariant is broken: in one organization, or in any."""
    only = f"WHERE organization_id = {organization.pk:d}" if organization else ""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{AUDIT_SECONDS}s'")
        cursor.execute(
            "SELECT organization_id, count(*),"  # noqa: S608
            f" (array_agg(what ORDER BY what))[:{EXAMPLES}]"
            f" FROM ({invariant.query}) AS offender {only}"
            " GROUP BY organization_id ORDER BY organization_id NULLS FIRST"
        )
        return [Breach(*row) for row in cursor.fetchall()]


def findings(organization: Organization) -> QuerySet[Finding]:
    """What audits found wrong with an organization's books, and what no later one found right."""
    return Finding.objects.filter(organization=organization, gone_at=None).order_by("found_at")


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
    available = Coalesce(Sum(F("levels__on_hand") - F("levels__reserved"), filter=at_work), 0)
    return (
        organization.variants.filter(track_stock=True, levels__isnull=False)
        .exclude(product__status=Product.Status.ARCHIVED)
        .annotate(available=available)
        .filter(available__lte=organization.low_stock_at)
        .select_related("product")
        .order_by("available", "sku")
    )
