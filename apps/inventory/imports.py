"""A product file says what a product is, and how many of it there are."""

from collections.abc import Callable

from apps.accounts.models import Organization
from apps.batches.models import Batch
from apps.batches.tables import Step
from apps.catalog import imports as catalog
from apps.catalog.imports import ProductReport, stepping
from apps.catalog.models import TaxClass
from apps.core.csv_files import CsvFile, RefusedRows
from apps.inventory.operations import open_stock


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


def import_step(batch: Batch) -> Step:
    """Import products of one piece of a file."""
    return stepping.import_step(batch, open_stock)


def check_step(batch: Batch) -> Step:
    """Say what `import_step` would do with the same piece."""
    return stepping.check_step(batch, open_stock)
