from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError, CommandParser

from apps.accounts.management.importing import ImportCommand
from apps.accounts.models import Organization
from apps.catalog.imports import ProductReport
from apps.catalog.models import TaxClass
from apps.core.csv_files import CsvFile, RefusedRows
from apps.inventory import imports


class Command(ImportCommand):
    help = "Create or update products from a CSV file as Shopify exports it."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--tax-class", default="", help="name of the one new products get")

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
            tax_class=_tax_class(organization, options["tax_class"]),
            dry_run=dry_run,
        )


def _tax_class(organization: Organization, name: str) -> TaxClass | None:
    if not name:
        return None
    found = organization.tax_classes.filter(name=name).first()
    if found is None:
        raise CommandError(f"{organization.slug} has no tax class {name}.")
    return found
