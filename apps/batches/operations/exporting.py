"""
Exports: rows read by key, written as CSV, put to the store in parts.

Memory holds one part, however large the file becomes. What is read between two parts may change
meanwhile: an export is a walk through the rows, not a photograph of them.
"""

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import Promise

from apps.batches.models import Batch
from apps.batches.tables import BatchKind, Step
from apps.core.csv_files import guarded
from apps.files import s3
from apps.files.models import StoredFile

# S3 takes no part but the last below 5 MiB.
PART_BYTES = 6 * 1024 * 1024
CSV = "text/csv"


class ExportPage(NamedTuple):
    """Some rows and where to go on: any JSON but None, which says that these were the last."""

    rows: Sequence[Sequence[object]]
    after: Any


class _Part(NamedTuple):
    cursor: dict[str, Any]
    rows: int


def export_kind(
    title: str | Promise,
    *,
    header: Callable[[Batch], Sequence[str]],
    rows: Callable[[Batch, Any], ExportPage],
    name: str,
) -> BatchKind:
    """
    Return a kind of batch whose result is a CSV file.

    `rows` is given the batch and where to go on (None at first), and returns a thousand rows or so;
    `header` may depend on `batch.params`. The file is called `name` with the day.
    """

    def fetch(batch: Batch) -> _Part:
        if batch.cursor.get("ended"):
            s3.join_parts(batch.cursor["key"], batch.cursor["upload"], batch.cursor["tags"])
            return _Part(batch.cursor, 0)
        return _put_part(batch, header, rows)

    def step(batch: Batch) -> Step:
        part: _Part = batch.fetched
        finished = bool(part.cursor.get("ended")) and not _is_to_join(batch, part)
        if finished:
            day = batch.organization.today()
            batch.result = _result(batch, part.cursor, f"{name}-{day}.csv")
        return Step(cursor=part.cursor, done=part.rows, finished=finished)

    return BatchKind(title, step, fetch=fetch, tidy=_drop_parts)


def _put_part(
    batch: Batch,
    header: Callable[[Batch], Sequence[str]],
    rows: Callable[[Batch, Any], ExportPage],
) -> _Part:
    cursor = batch.cursor or {"key": _key(batch), "after": None, "size": 0, "tags": []}
    text = io.StringIO()
    writer = csv.writer(text)
    if not batch.cursor:
        text.write("\ufeff")  # Else Excel takes it for what its Windows calls text.
        writer.writerow(header(batch))
    done = 0
    after = cursor["after"]
    while True:
        page = rows(batch, after)
        writer.writerows([guarded(str(cell)) for cell in row] for row in page.rows)
        done += len(page.rows)
        after = page.after
        if after is None or text.tell() >= PART_BYTES:
            break
    body = text.getvalue().encode()
    cursor = {**cursor, "after": after, "size": cursor["size"] + len(body)}
    return _Part(_sent(cursor, body, ended=after is None), done)


def _sent(cursor: dict[str, Any], body: bytes, *, ended: bool) -> dict[str, Any]:
    key, tags = cursor["key"], cursor["tags"]
    if ended and not tags:
        s3.put(key, body, CSV)  # A small one needs no parts.
        return {**cursor, "ended": True}
    upload = cursor.get("upload") or s3.begin_parts(key, CSV)
    tag = s3.put_part(key, upload, len(tags) + 1, body)
    return {**cursor, "upload": upload, "tags": [*tags, tag], "ended": ended}


def _is_to_join(batch: Batch, part: _Part) -> bool:
    """Return whether the last part is put but the parts are not joined yet."""
    return bool(part.cursor["tags"]) and not batch.cursor.get("ended")


def _result(batch: Batch, cursor: dict[str, Any], name: str) -> StoredFile:
    return StoredFile.objects.create(
        organization=batch.organization,
        key=cursor["key"],
        name=name,
        content_type=CSV,
        size=cursor["size"],
        status=StoredFile.Status.READY,
        uploaded_by=batch.started_by,
    )


def _drop_parts(batch: Batch) -> None:
    if batch.cursor.get("upload"):
        s3.drop_parts(batch.cursor["key"], batch.cursor["upload"])


def _key(batch: Batch) -> str:
    # Made of the batch, so that an attempt that was killed leaves no object nobody knows of; and
    # with our secret, so that nobody can guess it.
    secret = salted_hmac("batches.result", str(batch.pk), algorithm="sha256").hexdigest()
    return f"{batch.organization_id}/{timezone.now().year}/{secret}.csv"
