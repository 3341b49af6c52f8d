from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import QuerySet

from apps.accounts.models import Organization
from apps.reports.invariants import Invariant
from apps.reports.models import Finding

EXAMPLES = 20
# One query reads all there is, so it may take longer than what a page asks for.
AUDIT_SECONDS = 40


class Breach(NamedTuple):
    """How often one organization breaks an invariant, with some of it in words."""

    # Empty: it is about the database itself.
    organization_id: int | None
    violations: int
    examples: list[str]


def breaches(invariant: Invariant, organization: Organization | None = None) -> list[Breach]:
    """Return where an invariant is broken: in one organization, or in any."""
    only = f"WHERE organization_id = {organization.pk:d}" if organization else ""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{AUDIT_SECONDS}s'")
        cursor.execute(
            "SELECT organization_id, count(*),"  # noqa: S608
            f" (array_agg(what ORDER BY what))[:{EXAMPLES}]"
            f" FROM ({invariant.query}) AS offender {only}"
            " GROUP BY organization_id ORDER BY organization_id NULLS FIRST"
        )
        return [Breach(*row) for row in cursor.fetchall()]


def findings(organization: Organization) -> QuerySet[Finding]:
    """What audits found wrong with an organization's books, and what no later one found right."""
    return Finding.objects.filter(organization=organization, gone_at=None).order_by("found_at")
