from collections.abc import Callable
from typing import Any

from apps.accounts.management.importing import ImportCommand
from apps.accounts.models import Organization
from apps.catalog.imports import ProductReport
from apps.core.csv_files import CsvFile, RefusedRows
from apps.inventory import imports


class Command(ImportCommand):
    help = "Create or update products from a CSV file as Shopify exports it."

    def load(
        self,
        organization: Organization,
        source: CsvFile,
        refused: RefusedRows,
        progress: Callable[[int], object],
        *,
        dry_run: bool,
        **options: Any,
    ) -> ProductReport:
        return imports.import_products(
            organization=organization,
            source=source,
            refused=refused,
            progress=progress,
            dry_run=dry_run,
        )
