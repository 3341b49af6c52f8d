from collections.abc import Iterator
from typing import NamedTuple

from django.db.models import QuerySet

from apps.accounts.models import Organization, User
from apps.batches.models import Batch, BatchChange, BatchSkip, Import

PAGE = 30
SKIPS = 50
CHANGES = 20
# Rows of one statement while a whole list is read.
AT_ONCE = 2000


class BatchPage(NamedTuple):
    """One page of batches; `next` names the one to go on behind, empty on the last."""

    batches: list[Batch]
    next: str


class SkipPage(NamedTuple):
    """One page of what was left out; `next` is where to go on, empty on the last."""

    skips: list[BatchSkip]
    next: str


def batches(organization: Organization) -> QuerySet[Batch]:
    """Every batch with what its row and its page show, newest first."""
    return organization.batches.select_related("started_by", "source", "result").order_by("-pk")


def batch_page(organization: Organization, *, after: str = "") -> BatchPage:
    """Return batches, newest first. Pages by key and counts nothing."""
    found = batches(organization)
    if _is_key(after):
        found = found.filter(pk__lt=after)
    rows = list(found[: PAGE + 1])
    return BatchPage(rows[:PAGE], str(rows[PAGE - 1].pk) if len(rows) > PAGE else "")


def skip_page(batch: Batch, *, after: str = "") -> SkipPage:
    """Return what a batch left out, in the order of its rows. Pages by key."""
    rows = list(_skips_behind(batch, after)[: SKIPS + 1])
    return SkipPage(rows[:SKIPS], _place(rows[SKIPS - 1]) if len(rows) > SKIPS else "")


def all_skips(batch: Batch) -> Iterator[BatchSkip]:
    """Read everything a batch left out, in memory that does not grow with it."""
    place = ""
    while rows := list(_skips_behind(batch, place)[:AT_ONCE]):
        yield from rows
        place = _place(rows[-1])


def imports(organization: Organization) -> QuerySet[Import]:
    """Every file that came in, with the batches that were made of it."""
    return organization.imports.select_related("file", "check_batch", "run_batch")


def changes_shown(batch: Batch) -> list[BatchChange]:
    """Return some of what a batch changed or would change."""
    return list(batch.changes.filter(created=False).order_by("pk")[:CHANGES])


def all_changes(batch: Batch) -> Iterator[BatchChange]:
    """Read everything a batch made or changed, in memory that does not grow with it."""
    last = 0
    while rows := list(batch.changes.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        yield from rows
        last = rows[-1].pk


def undoing_of(batch: Batch) -> Batch | None:
    """Return the batch that takes this one back. One that was cancelled does not."""
    asked = batch.organization.batches.filter(pk=batch.params.get("undone_by", 0))
    return asked.exclude(status=Batch.Status.CANCELLED).first()


def unread_batches(organization: Organization, user: User) -> int:
    """Return how many batches of this person have ended since they last looked, up to ten."""
    return len(organization.batches.filter(started_by=user, unread=True).values_list("pk")[:10])


def _skips_behind(batch: Batch, place: str) -> QuerySet[BatchSkip]:
    found = batch.skips.order_by("position", "pk")
    position, _, key = place.partition(".")
    if not (_is_key(position) and _is_key(key)):
        return found
    # The first condition is for the index, the second for rows of one line.
    return found.filter(position__gte=position).exclude(position=position, pk__lte=key)


def _place(skip: BatchSkip) -> str:
    return f"{skip.position}.{skip.pk}"


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10
