import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import Organization
from apps.reports.invariants import invariants
from apps.reports.queries import EXAMPLES, breaches


class Command(BaseCommand):
    help = "Check everything that must be true of the books. Repairs nothing; exits 1 on a breach."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", default="", help="slug; default: all of them")

    def handle(self, *, organization: str, **options: Any) -> None:
        found = self._organization(organization)
        total = 0
        for invariant in invariants():
            broken = breaches(invariant, found)
            count = sum(breach.violations for breach in broken)
            self.stdout.write(f"{count:>7}  {invariant.name}")
            examples = [example for breach in broken for example in breach.examples]
            for example in examples[:EXAMPLES]:
                self.stdout.write(f"{'':9}{example}")
            total += count
        if total:
            self.stderr.write(f"{total} violations.")
            sys.exit(1)
        self.stdout.write("Everything holds.")

    def _organization(self, slug: str) -> Organization | None:
        if not slug:
            return None
        try:
            return Organization.objects.get(slug=slug)
        except Organization.DoesNotExist as error:
            raise CommandError(f"There is no organization {slug}.") from error
