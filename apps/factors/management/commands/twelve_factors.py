from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.factors.markers import FACTORS, BadMarker, find_markers, render


class Command(BaseCommand):
    help = "Print where each of the twelve factors lives in the code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true", help="write docs/twelve-factors.md")

    def handle(self, *, write: bool, **options: Any) -> None:
        try:
            markers = find_markers(settings.BASE_DIR)
            index = render(markers)
        except BadMarker as problem:
            raise CommandError(str(problem)) from problem
        if write:
            (settings.BASE_DIR / "docs" / "twelve-factors.md").write_text(index, encoding="utf-8")
        for numeral, title in FACTORS.items():
            for one in markers:
                if one.numeral == numeral:
                    self.stdout.write(f"{numeral:>4} {title}: {one.path}:{one.line}")
                    self.stdout.write(f"     {one.decision}")
