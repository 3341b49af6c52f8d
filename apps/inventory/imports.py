"""A product file says what a product is, and how many of it there are."""

from collections.abc import Callable, Sequence

from apps.accounts.models import Organization
from apps.catalog import imports as catalog
from apps.catalog.imports import ProductReport
from apps.catalog.models import TaxClass, Variant
from apps.core.csv_files import CsvFile, RefusedRows
from apps.inventory.models import StockLevel, StockMovement
from apps.inventory.operations import default_location


def import_products(
    *,
    organization: Organization,
    source: CsvFile,
    refused: RefusedRows,
    progress: Callable[[int], object] = lambda lines: None,
    tax_class: TaxClass | None = None,
    dry_run: bool = False,
) -> ProductReport:
    """Import products; the quantity of a variant counts when it is new, and never again."""
    return catalog.import_products(
        organization=organization,
        source=source,
        refused=refused,
        open_stock=open_stock,
        progress=progress,
        tax_class=tax_class,
        dry_run=dry_run,
    )


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
