"""
Products from a CSV file as Shopify exports it.

Rows of one handle are one product: the first says what it is, each row is a variant, and rows with
nothing but a picture are counted and passed over: pictures are not fetched from other people's
servers. In a file without handles the rows of one name are one product, whose handle is made of
the name. A column the file does not have leaves what we know alone. A bad row is refused by itself;
when it was to name a new product, the rows after it are too.

A variant without a SKU gets one made of its handle and options, the same in every run.
"""

from collections.abc import Callable
from contextlib import nullcontext

from django.db import transaction

from apps.accounts.models import Organization
from apps.catalog.imports.cells import COLUMNS, derived_sku
from apps.catalog.imports.fields import CHECK_COUNTS, COUNTS, FIELDS, UNDO_COUNTS, options
from apps.catalog.imports.reading import ProductReport, Reader
from apps.catalog.imports.writing import OpenStock, Writer
from apps.catalog.models import TaxClass
from apps.core.csv_files import CsvFile, RefusedRows

__all__ = [
    "CHECK_COUNTS",
    "COUNTS",
    "FIELDS",
    "UNDO_COUNTS",
    "OpenStock",
    "ProductReport",
    "derived_sku",
    "import_products",
    "options",
]


def import_products(
    *,
    organization: Organization,
    source: CsvFile,
    refused: RefusedRows,
    open_stock: OpenStock,
    progress: Callable[[int], object],
    tax_class: TaxClass | None = None,
    dry_run: bool = False,
) -> ProductReport:
    """
    Create or update products by handle and variants by SKU; the same file again changes nothing.

    New products get `tax_class`: the file knows none of ours. One transaction for every
    ROWS_AT_ONCE rows or so: a run that was interrupted is repeated. Raises UnreadableFile when
    required columns are missing.
    """
    columns = source.columns(COLUMNS, required=["title", "price"])
    reader = Reader(refused, frozenset(columns.places))
    writer = Writer(organization, refused, open_stock, tax_class, reader.report)
    # A dry run is one transaction: later rows may need what earlier ones made.
    with transaction.atomic() if dry_run else nullcontext():
        for sheets in reader.batches(source.rows(columns, progress=progress)):
            writer.save(sheets)
        if dry_run:
            transaction.set_rollback(True)
    return reader.report
