"""
Record, hand over, settle: the one way in which anything happens after a request.

Factor IX (Disposability): kill any process at any moment; what it owed is still written down.
"""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
from django.db import connection, transaction
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Now

from apps.accounts.models import Organization, User
from apps.core.languages import speaking
from apps.events.models import Delivery, Event, JobRun
from apps.events.tables import Job, jobs, reactions_to

log = structlog.get_logger("dozen.events")

CHANNEL = "dozen_events"
KEEP_DONE = timedelta(days=30)
BATCH = 200
# How long a hint may wait in the broker before it is repeated. A repeated hint does no harm.
HINT_LEASE = timedelta(seconds=60)
# How long one attempt may take: longer than the hard time limit of a task.
ATTEMPT_LEASE = timedelta(seconds=70)
# Pauses between attempts; after the last one the delivery is dead.
BACKOFF = [
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
]


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


def open_job_slots() -> int:
    """Turn the clock into deliveries. Any number of schedulers may; a slot is one unique row."""
    now = _database_now()
    slots = {(name, slot) for name, job in jobs().items() for slot in _slots(job, now)}
    # Looked up before they are inserted, and all at once: nearly always every slot is there.
    moments = {slot for _, slot in slots}
    known = JobRun.objects.filter(job__in=jobs(), slot__in=moments).values_list("job", "slot")
    return sum(_open_slot(name, slot) for name, slot in sorted(slots - set(known)))


def _slots(job: Job, now: datetime) -> list[datetime]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    latest = midnight + (now - midnight) // job.every * job.every
    return [latest - missed * job.every for missed in range(job.catch_up)]


@transaction.atomic
def _open_slot(name: str, slot: datetime) -> int:
    # Another scheduler may have been faster.
    run, created = JobRun.objects.get_or_create(job=name, slot=slot)
    if created:
        Delivery.objects.create(job_run=run, reaction=name)
    return int(created)


@transaction.atomic
def dispatch_events() -> int:
    """Turn new events into the deliveries that config/reactions.py names for them."""
    # SKIP LOCKED: any number of schedulers may run; each takes rows no other has.
    events = list(
        Event.objects.filter(dispatched_at=None)
        .order_by("pk")
        .select_for_update(skip_locked=True)[:BATCH]
    )
    Delivery.objects.bulk_create(
        [
            Delivery(event=event, reaction=name)
            for event in events
            for name in reactions_to(event.type)
        ],
        ignore_conflicts=True,
    )
    Event.objects.filter(pk__in=[event.pk for event in events]).update(dispatched_at=Now())
    return len(events)


def hand_over(publish: Callable[[int], None]) -> int:
    """
    Send a hint for every due delivery. Returns how many were sent.

    When the broker is away what is left becomes due again at once; whatever `publish` raised goes
    to the caller.
    """
    due = _lease_due()
    for sent, delivery_id in enumerate(due):
        try:
            publish(delivery_id)
        except Exception:
            Delivery.objects.filter(pk__in=due[sent:]).update(due_at=Now())
            raise
    return len(due)


@transaction.atomic
def _lease_due() -> list[int]:
    due = list(
        _owed()
        .filter(due_at__lte=Now())
        .order_by("due_at")
        .select_for_update(skip_locked=True)
        .values_list("pk", flat=True)[:BATCH]
    )
    if due:
        Delivery.objects.filter(pk__in=due).update(due_at=_from_now(HINT_LEASE))
    return due


def settle(*, delivery_id: int) -> bool:
    """
    Do what one delivery owes, unless it is done, or another worker is at it.

    Returns whether this call closed it. What goes wrong is written on the delivery, which is tried
    again later; after the last attempt it is dead, and replayed by `replay_deliveries`.
    """
    delivery = _claim(delivery_id)
    if delivery is None:
        return False
    # In our own language, whatever the delivery before spoke: who writes to somebody says so.
    with _log_context(delivery), speaking():
        try:
            _act(delivery)
        except Exception as error:
            _put_off(delivery, error)
            return False
        log.info("delivery_done", attempts=delivery.attempts)
        return True


def replay_deliveries(
    *,
    reaction: str = "",
    since: datetime | None = None,
    organization: Organization | None = None,
    delivery_id: int | None = None,
) -> int:
    """
    Make dead deliveries due again: all, or those of one reaction, time or organization, or one.

    Returns how many.
    """
    dead = dead_deliveries(reaction=reaction, since=since, organization=organization)
    if delivery_id is not None:
        dead = dead.filter(pk=delivery_id)
    replayed: int = dead.update(dead_at=None, attempts=0, due_at=Now(), running_until=None)
    return replayed


def dead_deliveries(
    *,
    reaction: str = "",
    since: datetime | None = None,
    organization: Organization | None = None,
) -> Any:
    """Return the deliveries that failed for good."""
    dead = Delivery.objects.filter(dead_at__isnull=False)
    if reaction:
        dead = dead.filter(reaction=reaction)
    if since:
        dead = dead.filter(dead_at__gte=since)
    if organization:
        dead = dead.filter(event__organization=organization)
    return dead


def forget_old_deliveries(now: datetime) -> int:
    """Delete what was done KEEP_DONE ago: the events stay, as history. Returns how many rows."""
    old = now - KEEP_DONE
    deliveries = Delivery.objects.filter(done_at__lt=old)
    runs = JobRun.objects.filter(created_at__lt=old, deliveries__dead_at=None)
    return deliveries.delete()[0] + runs.delete()[0]


def _claim(delivery_id: int) -> Delivery | None:
    # One statement checks and takes. It commits before the work starts, so that an attempt that
    # kills its process has been counted.
    taken = (
        _owed()
        .filter(pk=delivery_id)
        .filter(Q(running_until=None) | Q(running_until__lt=Now()))
        .update(attempts=F("attempts") + 1, running_until=_from_now(ATTEMPT_LEASE))
    )
    if not taken:
        return None
    return Delivery.objects.select_related("event__organization", "job_run").get(pk=delivery_id)


def _act(delivery: Delivery) -> None:
    run, outside = _work_of(delivery)
    if outside:
        run()
        _close(delivery)
        return
    with transaction.atomic():
        run()
        _close(delivery)


def _work_of(delivery: Delivery) -> tuple[Callable[[], object], bool]:
    event, job_run = delivery.event, delivery.job_run
    if event is not None:
        reaction = reactions_to(event.type)[delivery.reaction]
        return (lambda: reaction.run(event)), reaction.outside
    assert job_run is not None  # noqa: S101 - the database says so
    job = jobs()[job_run.job]
    return (lambda: job.run(job_run.slot)), True


def _close(delivery: Delivery) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(done_at=Now(), running_until=None, last_error="")


def _put_off(delivery: Delivery, error: Exception) -> None:
    last = delivery.attempts > len(BACKOFF)
    log.error("delivery_failed", attempts=delivery.attempts, dead=last, exc_info=error)
    later: dict[str, Any] = {"running_until": None, "last_error": _in_short(error)}
    if last:
        later["dead_at"] = Now()
    else:
        later["due_at"] = _from_now(BACKOFF[delivery.attempts - 1])
    Delivery.objects.filter(pk=delivery.pk).update(**later)


def _in_short(error: Exception) -> str:
    return "".join(traceback.format_exception_only(error)).strip()[:2000]


def _owed() -> Any:
    return Delivery.objects.filter(done_at=None, dead_at=None)


def _from_now(delay: timedelta) -> Any:
    # The database's clock alone: workers' clocks differ, and leases are compared.
    return ExpressionWrapper(Now() + Value(delay, DurationField()), output_field=DateTimeField())


def _database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now


@contextmanager
def _log_context(delivery: Delivery) -> Iterator[None]:
    """Carry the request's id from the event to every line, event and mail that follows from it."""
    event = delivery.event
    with structlog.contextvars.bound_contextvars(
        request_id=event.request_id if event else f"job-{delivery.job_run_id}",
        delivery_id=delivery.pk,
        reaction=delivery.reaction,
    ):
        yield
