from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware

from apps.events import operations


def moment(text: str) -> datetime:
    """Return an ISO date and time; without a zone it is read as the server's."""
    found = parse_datetime(text)
    if found is None:
        raise ValueError(text)
    return make_aware(found) if is_naive(found) else found


class Command(BaseCommand):
    help = "Make dead deliveries due again. They keep their ids, so nothing is done twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reaction", default="", help="only deliveries of this reaction")
        parser.add_argument(
            "--since", type=moment, help="only those dead since, as 2026-11-23T10:00"
        )
        parser.add_argument("--dry-run", action="store_true", help="list them, change nothing")

    def handle(
        self, *, reaction: str, since: datetime | None, dry_run: bool, **options: Any
    ) -> None:
        if dry_run:
            dead = operations.dead_deliveries(reaction=reaction, since=since)
            for delivery in dead.order_by("pk"):
                self.stdout.write(f"{delivery}: {delivery.last_error}")
            self.stdout.write(f"{dead.count()} would be replayed.")
            return
        replayed = operations.replay_deliveries(reaction=reaction, since=since)
        self.stdout.write(f"{replayed} due again.")
