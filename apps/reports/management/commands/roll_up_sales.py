from argparse import ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from apps.reports import operations


def day(text: str) -> date:
    """Return an ISO date."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is not a date such as 2026-11-23") from error


class Command(BaseCommand):
    help = "Add up the sales of each day anew. Running it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since", type=day, default=date.min, help="the first day, as 2026-11-23; default: all"
        )

    def handle(self, *, since: date, **options: Any) -> None:
        changed = operations.roll_up_sales(since=since, now=timezone.now())
        self.stdout.write(f"{changed} rows changed.")
