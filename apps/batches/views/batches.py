"""Pages about long work: what there was, how far it is, what it left out."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import MemberRequest, keeper_required, member_required, writer_required
from apps.batches import operations, queries
from apps.batches.models import Batch
from apps.batches.tables import batch_kinds, export_kinds, import_kinds
from apps.core.errors import Refusal
from apps.core.views import typed


@require_safe
@member_required
def list_batches(request: MemberRequest) -> HttpResponse:
    found = queries.batch_page(request.organization, after=typed(request, "after"))
    exports = [(kind, batch_kinds()[kind].title) for kind in export_kinds()]
    page = {"page": found, "imports": import_kinds().items(), "exports": exports}
    return render(request, "batches/list.html", page)


@require_safe
@member_required
def show_batch(request: MemberRequest, batch: int) -> HttpResponse:
    found = _batch(request, batch)
    operations.note_seen(batch=found, user=request.user)
    return _batch_page(request, found)


@require_POST
@member_required
@writer_required
def start_export(request: MemberRequest) -> HttpResponse:
    what = typed(request, "what")
    if what not in export_kinds():
        raise Http404
    batch = operations.start_batch(
        organization=request.organization, kind=what, params={}, started_by=request.user
    )
    return redirect(batch)


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


@require_POST
@member_required
@keeper_required
def undo_batch(request: MemberRequest, batch: int) -> HttpResponse:
    found = _batch(request, batch)
    try:
        undoing = operations.undo_batch(batch=found, undone_by=request.user)
    except Refusal as refusal:
        return _batch_page(request, found, refusal=refusal)
    return redirect(undoing)


def _batch(request: MemberRequest, batch: int) -> Batch:
    found = get_object_or_404(queries.batches(request.organization), pk=batch)
    found.organization = request.organization
    return found


def _batch_page(
    request: MemberRequest, batch: Batch, *, refusal: Refusal | None = None
) -> HttpResponse:
    kind = batch_kinds().get(batch.kind)
    page = {
        "batch": batch,
        "undo": kind.undo if kind else "",
        "undoing": queries.undoing_of(batch) if "undone_by" in batch.params else None,
        "skips": queries.skip_page(batch, after=typed(request, "after")),
        "has_changes": not batch.is_open and batch.changes.exists(),
        "refusal": refusal,
    }
    return render(request, "batches/batch.html", page, status=refusal.status if refusal else 200)
