"""Pages about long work: what there was, how far it is, what it left out."""

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import MemberRequest, keeper_required, member_required, writer_required
from apps.batches import operations, queries
from apps.batches.models import Batch
from apps.core.csv_files import ADDED_COLUMNS
from apps.core.errors import Refusal
from apps.core.views import typed
from apps.files import s3


@require_safe
@member_required
def list_batches(request: MemberRequest) -> HttpResponse:
    found = queries.batch_page(request.organization, after=typed(request, "after"))
    return render(request, "batches/list.html", {"page": found})


@require_safe
@member_required
def show_batch(request: MemberRequest, batch: int) -> HttpResponse:
    found = _batch(request, batch)
    operations.note_seen(batch=found, user=request.user)
    return _batch_page(request, found)


@require_safe
@member_required
def download_result(request: MemberRequest, batch: int) -> HttpResponse:
    file = _batch(request, batch).result
    if file is None:
        raise Http404
    return redirect(s3.download_link(file.key, name=file.name, content_type=file.content_type))


@require_safe
@member_required
def download_skips(request: MemberRequest, batch: int) -> HttpResponseBase:
    """Stream what was left out, in the columns it came in: to be mended and read again."""
    found = _batch(request, batch)
    response = StreamingHttpResponse(_skips_as_csv(found), content_type="text/csv; charset=utf-8")
    name = f"{found.kind}-{found.pk}-refused.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@member_required
@writer_required
def cancel_batch(request: MemberRequest, batch: int) -> HttpResponse:
    found = _batch(request, batch)
    try:
        operations.cancel_batch(batch=found, cancelled_by=request.user)
    except Refusal as refusal:
        return _batch_page(request, found, refusal=refusal)
    messages.success(request, _("It is cancelled. What was done until now stays done."))
    return redirect(found)


@require_POST
@member_required
@keeper_required
def resume_batch(request: MemberRequest, batch: int) -> HttpResponse:
    found = _batch(request, batch)
    try:
        operations.resume_batch(batch=found, resumed_by=request.user)
    except Refusal as refusal:
        return _batch_page(request, found, refusal=refusal)
    return redirect(found)


def _batch(request: MemberRequest, batch: int) -> Batch:
    found = get_object_or_404(queries.batches(request.organization), pk=batch)
    found.organization = request.organization
    return found


def _batch_page(
    request: MemberRequest, batch: Batch, *, refusal: Refusal | None = None
) -> HttpResponse:
    page = {
        "batch": batch,
        "skips": queries.skip_page(batch, after=typed(request, "after")),
        "refusal": refusal,
    }
    return render(request, "batches/batch.html", page, status=refusal.status if refusal else 200)


class _Line:
    """What csv writes to: it gives each line back."""

    def write(self, line: str) -> str:
        return line


def _skips_as_csv(batch: Batch) -> Iterator[str]:
    titles = batch.params.get("titles", [])
    writer = csv.writer(_Line(), delimiter=batch.params.get("delimiter", ","))
    yield writer.writerow([*titles, *ADDED_COLUMNS])
    for skip in queries.all_skips(batch):
        cells: list[Any] = [*skip.row, *[""] * len(titles)][: len(titles)]
        yield writer.writerow([*cells, skip.position, skip.reference, skip.reason])
