"""
A batch from the side of the worker: steps, for as long as one delivery may take.

A delivery does steps for TURN seconds and hands on by recording the next event, so a long batch
neither outlives a lease nor keeps mail waiting for longer than a turn.
"""

from time import monotonic

import structlog
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.batches.models import Batch, BatchSkip
from apps.batches.tables import Step, batch_kinds
from apps.core.errors import Refusal
from apps.core.languages import speaking
from apps.events import operations as events
from apps.events.models import Event

log = structlog.get_logger("dozen.batches")

# Seconds of steps in one delivery: with the longest step still far below the lease of an attempt,
# and short enough for a worker that is asked to end.
TURN = 15.0
# Attempts without a single step done. With the pauses of a delivery that is a quarter of an hour:
# long enough for a store to come back, short enough for a person who waits.
TRIES = 5


def run_batch(event: Event) -> None:
    """Do steps of a batch until it ends or the turn is over. Acts outside."""
    # What is left out or fails, and why, is read by who started it.
    with speaking(_language_of_starter(event)):
        _run(event)


def _language_of_starter(event: Event) -> str:
    batch = Batch.objects.select_related("organization", "started_by").get(pk=event.aggregate_id)
    return batch.organization.language_for(batch.started_by)


def _run(event: Event) -> None:
    batch = _take_turn(event)
    if batch is None:
        return
    try:
        _do_steps(batch)
    except Refusal as refusal:
        _fail(batch, str(refusal))
    except Exception as error:
        if not _gave_way(batch, error):
            raise


def tidy_batch(event: Event) -> None:
    """Remove what a batch that ended early left outside. Acts outside."""
    batch = Batch.objects.select_related("organization").get(pk=event.aggregate_id)
    tidy = batch_kinds()[batch.kind].tidy
    if tidy is not None and not batch.is_open:
        tidy(batch)


def _take_turn(event: Event) -> Batch | None:
    with transaction.atomic():
        batch = _locked(event.aggregate_id)
        if batch.version != event.sequence or not batch.is_open:
            return None  # Cancelled, or another delivery went on with it.
        batch.status = Batch.Status.RUNNING
        # Committed before the work starts, so that an attempt that kills its process has counted.
        batch.tries += 1
        batch.save(update_fields=["status", "tries"])
    if batch.tries > TRIES:
        _fail(batch, _("It broke off several times in the same place. What was done is kept."))
        return None
    return batch


def _do_steps(batch: Batch) -> None:
    until = monotonic() + TURN
    now: Batch | None = batch
    while now is not None and now.is_open and monotonic() < until:
        now = _advance(now)
    if now is not None and now.is_open:
        _hand_on(now)


def _gave_way(batch: Batch, error: Exception) -> bool:
    """Return whether the delivery is over; else it is put off, as any other that fails."""
    tries = Batch.objects.values_list("tries", flat=True).get(pk=batch.pk)
    if 0 < tries < TRIES:
        return False
    log.error("batch_step_failed", batch_id=batch.pk, kind=batch.kind, exc_info=error)
    if tries == 0:
        # It got on in this turn. The next delivery has all its attempts before it.
        _hand_on(batch)
    else:
        _fail(batch, _("Something broke on our side. What was done is kept; resume it later."))
    return True


def _advance(batch: Batch) -> Batch | None:
    kind = batch_kinds()[batch.kind]
    fetched = kind.fetch(batch) if kind.fetch else None
    with transaction.atomic():
        locked = _locked(batch.pk)
        if (locked.version, locked.cursor) != (batch.version, batch.cursor):
            return None  # Cancelled meanwhile, or done by another delivery.
        locked.fetched = fetched
        _record(locked, kind.step(locked))
    return locked


def _record(batch: Batch, step: Step) -> None:
    BatchSkip.objects.bulk_create(
        BatchSkip(
            organization_id=batch.organization_id,
            batch=batch,
            position=skip.position,
            reference=skip.reference[:200],
            reason=skip.reason[:500],
            row=list(skip.row),
        )
        for skip in step.skips
    )
    for change in step.changes:
        change.organization_id, change.batch = batch.organization_id, batch
    batch.changes.bulk_create(step.changes)
    batch.cursor = step.cursor
    batch.done += step.done
    batch.skipped += len(step.skips)
    for word, count in step.report.items():
        batch.report[word] = batch.report.get(word, 0) + count
    batch.tries = 0
    batch.save()
    if step.finished:
        _end(batch, Batch.Status.DONE)


def _hand_on(batch: Batch) -> None:
    with transaction.atomic():
        locked = _locked(batch.pk)
        if locked.version == batch.version:
            locked.version += 1
            locked.save(update_fields=["version"])
            events.record(locked, "batch.continued", done=locked.done)


@transaction.atomic
def _fail(batch: Batch, problem: str) -> None:
    locked = _locked(batch.pk)
    if locked.version == batch.version and locked.is_open:
        locked.problem = problem[:500]
        _end(locked, Batch.Status.FAILED)


def _end(batch: Batch, status: Batch.Status) -> None:
    batch.status = status
    # Of what one sits and waits for there is nothing to tell.
    batch.unread = batch.started_by_id is not None and batch_kinds()[batch.kind].mail
    batch.version += 1
    batch.finished_at = Now()
    batch.save(update_fields=["status", "unread", "version", "problem", "finished_at"])
    if status == Batch.Status.DONE:
        batch.memos.all().delete()
    events.record(batch, f"batch.{status}", actor=batch.started_by)


def _locked(batch_id: int) -> Batch:
    # Not its key: others may refer to the row meanwhile.
    found = Batch.objects.select_related("organization", "source", "started_by")
    return found.select_for_update(no_key=True, of=("self",)).get(pk=batch_id)
