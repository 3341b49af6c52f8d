"""What all commands share that read a file into an organization."""

import sys
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, ClassVar

import structlog
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from apps.accounts.models import Organization
from apps.core.csv_files import CsvFile, RefusedRows
from apps.core.errors import Refusal


class ImportCommand(BaseCommand):
    """Admit, open the file, let `load` import it, and say what came of it, refused rows and all."""

    help_file: ClassVar[str] = "the CSV file"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organization", help="slug of the organization")
        parser.add_argument("file", type=Path, help=self.help_file)
        parser.add_argument(
            "--refused",
            type=Path,
            help="where to list rows that cannot be used"
            " (default: <file>.refused.csv beside the file)",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would change, and change nothing"
        )

    def handle(
        self,
        *,
        organization: str,
        file: Path,
        refused: Path | None,
        dry_run: bool,
        **options: Any,
    ) -> None:
        try:
            owner = Organization.objects.get(slug=organization)
            source = CsvFile(file)
            with (
                RefusedRows(refused or file.with_suffix(".refused.csv"), source) as rows,
                structlog.contextvars.bound_contextvars(dry_run=dry_run),
                tqdm(total=source.lines - 1, unit=" lines", disable=None, file=sys.stderr) as bar,
            ):
                report = self.load(owner, source, rows, bar.update, dry_run=dry_run, **options)
        except Organization.DoesNotExist as error:
            raise CommandError(f"There is no organization {organization}.") from error
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.tell(source, report, rows, dry_run=dry_run)

    @abstractmethod
    def load(
        self,
        organization: Organization,
        source: CsvFile,
        refused: RefusedRows,
        progress: Callable[[int], object],
        *,
        dry_run: bool,
        **options: Any,
    ) -> Any:
        """Import it, and return a dataclass of counts."""

    def tell(self, source: CsvFile, report: Any, refused: RefusedRows, *, dry_run: bool) -> None:
        if dry_run:
            self.stdout.write("Nothing was changed. Without --dry-run it would be:")
        self.stdout.write(f"{source.rows_read:>9,} rows read")
        for one in fields(report):
            self.stdout.write(f"{getattr(report, one.name):>9,} {one.name.replace('_', ' ')}")
        self.stdout.write(f"{refused.count:>9,} rows refused")
        if refused.count:
            self.tell_refused(refused)

    def tell_refused(self, refused: RefusedRows) -> None:
        for (column, kind), count in refused.kinds.most_common():
            self.stderr.write(f"{count:>9,} x {column} {kind}".replace("  ", " "))
        for sentence in refused.listed:
            self.stderr.write(f"  {sentence}")
        if refused.count > len(refused.listed):
            self.stderr.write(f"  and {refused.count - len(refused.listed):,} more")
        self.stderr.write(f"Every refused row is in {refused.path}.")
