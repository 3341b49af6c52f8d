"""What `manage.py audit_invariants` asks, in one statement, for after a test."""

from functools import cache

from django.db import connection

from apps.reports.invariants import invariants

EXAMPLES = 20


def assert_invariants() -> None:
    """Assert that nothing in the database breaks an invariant, whoseever it is."""
    found = violations()
    assert not found, "\n".join(found)


def violations() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_everything())
        return [f"{name}: {what}" for name, what in cursor.fetchall()]


@cache
def _everything() -> str:
    parts = (
        f"SELECT '{one.name}' AS name, what FROM ({one.query}) AS offender"  # noqa: S608
        for one in invariants()
    )
    return f"{' UNION ALL '.join(parts)} LIMIT {EXAMPLES}"
