"""Keep the catalogues of words in step with the code. Needs no database."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import catalogue


class Command(BaseCommand):
    help = "Write every message into the catalogue of each language, and compile it."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; fail if a language is incomplete"
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        wanted = catalogue.messages([settings.BASE_DIR / "apps", settings.BASE_DIR / "config"])
        found = [fault for path in sources() for fault in self._keep(path, wanted, check=check)]
        for fault in found:
            self.stderr.write(fault)
        if check and found:
            raise CommandError(
                f"{len(found)} faults. `manage.py translations` writes what is missing into "
                "the catalogues; translate it there, and run it again."
            )

    def _keep(self, path: Path, wanted: Any, *, check: bool) -> list[str]:
        catalog, binary = catalogue.read(path), path.with_suffix(".mo")
        if not check:
            catalog = catalogue.updated(catalog, wanted)
            path.write_text(catalogue.written(catalog), encoding="utf-8")
            if catalogue.is_stale(binary, catalog):
                binary.write_bytes(catalogue.compiled(catalog))
        said = [f"{path.parts[-3]}: {fault}" for fault in catalogue.faults(catalog, wanted)]
        stale = catalogue.is_stale(binary, catalog)
        return [*said, f"{path.parts[-3]}: {binary.name} is stale"] if stale else said


def sources() -> list[Path]:
    """Return the catalogue of every language but that of the code."""
    codes = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
    [root] = settings.LOCALE_PATHS
    return [Path(root) / code / "LC_MESSAGES" / "django.po" for code in codes]
