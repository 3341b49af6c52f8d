"""Turning the clock and events into deliveries, and deliveries into hints for workers."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models.functions import Now

from apps.events.models import Delivery, Event, JobRun
from apps.events.operations.owing import from_now, owed
from apps.events.tables import Job, jobs, reactions_to

BATCH = 200
# How long a hint may wait in the broker before it is repeated. A repeated hint does no harm.
HINT_LEASE = timedelta(seconds=60)


def open_job_slots() -> int:
    """Turn the clock into deliveries. Any number of schedulers may; a slot is one unique row."""
    now = _database_now()
    slots = {(name, slot) for name, job in jobs().items() for slot in slots_of(job, now)}
    # Looked up before they are inserted, and all at once: nearly always every slot is there.
    moments = {slot for _, slot in slots}
    known = JobRun.objects.filter(job__in=jobs(), slot__in=moments).values_list("job", "slot")
    return sum(_open_slot(name, slot) for name, slot in sorted(slots - set(known)))


def slots_of(job: Job, now: datetime) -> list[datetime]:
    """Return the latest slots that a job has had by now, as many as it makes up for."""
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
        owed()
        .filter(due_at__lte=Now())
        .order_by("due_at")
        .select_for_update(skip_locked=True)
        .values_list("pk", flat=True)[:BATCH]
    )
    if due:
        Delivery.objects.filter(pk__in=due).update(due_at=from_now(HINT_LEASE))
    return due


def _database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now
