"""Writing down what happened, in the transaction that made it true."""

from typing import Any, Protocol

import structlog
from django.db import connection, transaction

from apps.accounts.models import User
from apps.events.models import Event

CHANNEL = "dozen_events"


class Aggregate(Protocol):
    """A row with a history: its version is the number of its last event."""

    pk: Any
    version: int


def record(
    aggregate: Aggregate,
    type: str,  # noqa: A002 - the column's name
    *,
    actor: User | None = None,
    **data: Any,
) -> Event:
    """
    Write down what just happened to `aggregate`, in the transaction that made it true.

    The caller holds the aggregate's row and has raised its version by one.
    """
    event = Event.objects.create(
        organization_id=getattr(aggregate, "organization_id", None),
        aggregate_type=type.partition(".")[0],
        aggregate_id=aggregate.pk,
        sequence=aggregate.version,
        type=type,
        actor=actor,
        data=data,
        request_id=structlog.contextvars.get_contextvars().get("request_id", ""),
    )
    transaction.on_commit(_nudge, robust=True)
    return event


def _nudge() -> None:
    # After the commit and on its own: NOTIFY inside a transaction makes commits queue for a lock
    # of the whole server. Nobody depends on it; the scheduler also looks every second.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
