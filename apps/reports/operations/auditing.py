"""Look for what must not be, say it loudly, and write it down. Nothing is repaired here."""

from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Q

from apps.reports.invariants import invariants
from apps.reports.models import Finding
from apps.reports.queries import Breach, breaches

log = structlog.get_logger("dozen.audit")


def audit_invariants(now: datetime) -> int:
    """
    Check every invariant over all organizations. Returns how many rows break one.

    Each breach is an error in the log and a finding, which stays until an audit finds it no more.
    """
    violations = 0
    for invariant in invariants():
        found = breaches(invariant)
        for breach in found:
            log.error(
                "invariant_broken",
                invariant=invariant.name,
                organization_id=breach.organization_id,
                violations=breach.violations,
                examples=breach.examples,
            )
            violations += breach.violations
        _write_down(invariant.name, found, now)
    return violations


@transaction.atomic
def _write_down(invariant: str, found: list[Breach], now: datetime) -> None:
    standing = Finding.objects.filter(invariant=invariant, gone_at=None)
    for organization_id, violations, examples in found:
        seen = {"violations": violations, "examples": examples, "last_seen_at": now}
        if not standing.filter(_whose(organization_id)).update(**seen):
            Finding.objects.create(
                organization_id=organization_id, invariant=invariant, found_at=now, **seen
            )
    standing.filter(last_seen_at__lt=now).update(gone_at=now)


def _whose(organization_id: int | None) -> Q:
    return Q(organization=organization_id) if organization_id else Q(organization__isnull=True)
