"""A batch from the side of people: started, cancelled, resumed, looked at."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from psycopg.errors import LockNotAvailable

from apps.accounts.models import Organization, User
from apps.batches.models import Batch
from apps.batches.queries import undoing_of
from apps.batches.tables import batch_kinds
from apps.core.errors import Refusal
from apps.events import operations as events
from apps.files.models import StoredFile

# How long somebody who cancels waits for the step that it is at.
STEP_PATIENCE = "10s"


class BatchRunning(Refusal):
    pass


class BatchOver(Refusal):
    pass


class BatchBusy(Refusal):
    pass


class NothingToUndo(Refusal):
    pass


@transaction.atomic
def start_batch(
    *,
    organization: Organization,
    kind: str,
    params: Mapping[str, Any],
    started_by: User | None,
    source: StoredFile | None = None,
    total: int | None = None,
) -> Batch:
    """
    Start long work of a kind that config/batches.py knows.

    Raises BatchRunning when one of its kind is open and the kind runs alone.
    """
    try:
        with transaction.atomic():
            batch = Batch.objects.create(
                organization=organization,
                kind=kind,
                params=dict(params),
                alone=batch_kinds()[kind].alone,
                source=source,
                total=total,
                started_by=started_by,
                version=1,
            )
    except IntegrityError as error:
        if "batch_alone_of_its_kind" not in str(error):
            raise
        raise BatchRunning(
            _("Another one of this kind is running. Wait until it has ended, or cancel it.")
        ) from error
    events.record(batch, "batch.started", actor=started_by, kind=kind)
    return batch


@transaction.atomic
def cancel_batch(*, batch: Batch, cancelled_by: User) -> Batch:
    """
    Stop after the step it is at; what was done stays done. Raises BatchOver, or BatchBusy.

    BatchBusy says that the step did not end within ten seconds.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [STEP_PATIENCE])
    try:
        batch = _locked(batch)
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        raise BatchBusy(_("It is in the middle of a step. Try again in a moment.")) from error
    if not batch.is_open:
        raise BatchOver(_("It has ended already."))
    batch.status = Batch.Status.CANCELLED
    batch.version += 1
    batch.finished_at = Now()
    batch.save(update_fields=["status", "version", "finished_at"])
    batch.memos.all().delete()
    events.record(batch, "batch.cancelled", actor=cancelled_by)
    return batch


@transaction.atomic
def resume_batch(*, batch: Batch, resumed_by: User) -> Batch:
    """Go on with a batch that failed, where it stopped. Raises BatchOver, BatchRunning."""
    batch = _locked(batch)
    if batch.status != Batch.Status.FAILED:
        raise BatchOver(_("Only what has stopped can be resumed."))
    batch.status = Batch.Status.QUEUED
    batch.finished_at = None
    batch.problem = ""
    batch.tries = 0
    batch.unread = False
    batch.version += 1
    try:
        with transaction.atomic():
            batch.save()
    except IntegrityError as error:
        raise BatchRunning(_("Another one of this kind is running. Wait until it ends.")) from error
    events.record(batch, "batch.resumed", actor=resumed_by)
    return batch


@transaction.atomic
def undo_batch(*, batch: Batch, undone_by: User) -> Batch:
    """
    Take back what a batch did, as far as that is safe. Asked twice, it is the same undoing; one
    that was cancelled is begun anew.

    Raises NothingToUndo, or BatchRunning while another one is undone.
    """
    batch = _locked(batch)
    kind = batch_kinds()[batch.kind].undo
    if batch.is_open or not kind or not batch.changes.exists():
        raise NothingToUndo(_("There is nothing here that could be undone."))
    if former := undoing_of(batch):
        return former
    undoing = start_batch(
        organization=batch.organization,
        kind=kind,
        params={"batch": batch.pk},
        started_by=undone_by,
        source=batch.source,
        total=batch.changes.count(),
    )
    batch.params["undone_by"] = undoing.pk
    batch.save(update_fields=["params"])
    return undoing


def note_seen(*, batch: Batch, user: User) -> None:
    """Take the mark off the navigation when whoever started it looks at how it ended."""
    if batch.unread and batch.started_by_id == user.pk:
        Batch.objects.filter(pk=batch.pk, unread=True).update(unread=False)


def _locked(batch: Batch) -> Batch:
    found = Batch.objects.select_related("organization", "source").select_for_update(
        no_key=True, of=("self",)
    )
    return found.get(pk=batch.pk)
