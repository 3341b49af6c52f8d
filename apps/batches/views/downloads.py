"""What came of long work, as files."""

import csv
import json
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from apps.accounts.access import MemberRequest, member_required
from apps.batches import queries
from apps.batches.models import Batch
from apps.core.csv_files import ADDED_COLUMNS, guarded, unguarded
from apps.files import s3


@require_safe
@member_required
def download_result(request: MemberRequest, batch: int) -> HttpResponse:
    file = _batch(request, batch).result
    if file is None:
        return redirect("batches:batch", request.organization.slug, batch)
    return redirect(s3.download_link(file.key, name=file.name, content_type=file.content_type))


@require_safe
@member_required
def download_skips(request: MemberRequest, batch: int) -> HttpResponseBase:
    """Stream what was left out, in the columns it came in: to be mended and read again."""
    found = _batch(request, batch)
    return _csv(_skips(found), f"{found.kind}-{found.pk}-refused.csv", found)


@require_safe
@member_required
def download_changes(request: MemberRequest, batch: int) -> HttpResponseBase:
    """Stream every row that was made or changed, with what stood there before."""
    found = _batch(request, batch)
    return _csv(_changes(found), f"{found.kind}-{found.pk}-changes.csv", found)


def _batch(request: MemberRequest, batch: int) -> Batch:
    return get_object_or_404(queries.batches(request.organization), pk=batch)


class _Line:
    """What csv writes to: it gives each line back."""

    def write(self, line: str) -> str:
        return line


def _csv(rows: Iterator[list[Any]], name: str, batch: Batch) -> HttpResponseBase:
    writer = csv.writer(_Line(), delimiter=batch.params.get("delimiter", ","))
    lines = (writer.writerow([guarded(str(cell)) for cell in row]) for row in rows)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _skips(batch: Batch) -> Iterator[list[Any]]:
    titles = batch.params.get("titles", [])
    yield [*titles, *ADDED_COLUMNS]
    for skip in queries.all_skips(batch):
        # As they stood in the file, where a guard may be there already.
        cells = [*map(unguarded, skip.row), *[""] * len(titles)][: len(titles)]
        yield [*cells, skip.position, skip.reference, skip.reason]


def _changes(batch: Batch) -> Iterator[list[Any]]:
    yield ["what", "name", "happened", "field", "before", "after"]
    for one in queries.all_changes(batch):
        if one.created:
            yield [one.row_type, one.reference, "created", "", "", ""]
        for field, before in one.before.items():
            sides = [_text(before), _text(one.after.get(field))]
            yield [one.row_type, one.reference, "changed", field, *sides]


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
