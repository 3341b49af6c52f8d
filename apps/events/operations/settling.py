"""Doing what is owed, once, whoever dies on the way."""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.accounts.models import Organization
from apps.core.languages import speaking
from apps.events.models import Delivery, JobRun
from apps.events.operations.owing import from_now, owed
from apps.events.tables import jobs, reactions_to

log = structlog.get_logger("dozen.events")

KEEP_DONE = timedelta(days=30)
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
        owed()
        .filter(pk=delivery_id)
        .filter(Q(running_until=None) | Q(running_until__lt=Now()))
        .update(attempts=F("attempts") + 1, running_until=from_now(ATTEMPT_LEASE))
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
        later["due_at"] = from_now(BACKOFF[delivery.attempts - 1])
    Delivery.objects.filter(pk=delivery.pk).update(**later)


def _in_short(error: Exception) -> str:
    return "".join(traceback.format_exception_only(error)).strip()[:2000]


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
