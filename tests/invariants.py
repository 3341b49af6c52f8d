"""What `manage.py audit_invariants` asks, in one statement, for after a test."""

from collections.abc import Collection
from functools import cache

from django.db import connection

from apps.reports.invariants import invariants


def assert_invariants(*, except_for: Collection[str] = ()) -> None:
    """Assert that nothing in the database breaks an invariant, whoseever it is."""
    assert set(except_for) <= {one.name for one in invariants()}
    found = [f"{name}: {what}" for name, what in violations() if name not in except_for]
    assert not found, "\n".join(found)


def violations() -> list[tuple[str, str]]:
    """Return what breaks an invariant: its name, and what is wrong."""
    with connection.cursor() as cursor:
        cursor.execute(_everything())
        return [(name, what) for name, what in cursor.fetchall()]


@cache
def _everything() -> str:
    return " UNION ALL ".join(
        f"SELECT '{one.name}' AS name, what FROM ({one.query}) AS offender"  # noqa: S608
        for one in invariants()
    )
