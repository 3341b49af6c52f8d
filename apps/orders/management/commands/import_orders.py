from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandParser

from apps.accounts.management.importing import ImportCommand
from apps.accounts.models import Organization
from apps.core.csv_files import CsvFile, RefusedRows
from apps.orders import imports
from apps.orders.imports import OrderReport


class Command(ImportCommand):
    help = "Place orders from a CSV file of order lines. Running it again places none twice."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--date-format",
            default="",
            help="how dates are written, as %%d/%%m/%%Y %%H:%%M (default: as fits the file)",
        )

    def load(
        self,
        organization: Organization,
        source: CsvFile,
        refused: RefusedRows,
        progress: Callable[[int], object],
        *,
        dry_run: bool,
        **options: Any,
    ) -> OrderReport:
        return imports.import_orders(
            organization=organization,
            source=source,
            refused=refused,
            progress=progress,
            date_format=options["date_format"],
            dry_run=dry_run,
        )
