"""Exactly what a list shows, or what was ticked on it, as a CSV file."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.batches import operations as batches
from apps.orders import documents
from apps.orders.views.choosing import chosen, look_again

# Longer ones are written by a worker.
STREAMED_AT_MOST = 5000


@require_safe
@member_required
def export_orders(request: MemberRequest) -> HttpResponseBase:
    choice = chosen(request)
    if choice.problem:
        return look_again(request, choice)
    if choice.is_longer_than(request, STREAMED_AT_MOST):
        page = {"choice": choice, "streamed_at_most": STREAMED_AT_MOST}
        return render(request, "orders/export.html", page)
    orders = choice.rows(request).select_related("assignee").iterator(chunk_size=documents.CHUNK)
    lines = documents.csv_of_orders(request.organization, orders)
    day = request.organization.today()
    name = f"orders-{request.organization.slug}-{day}.csv"
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_POST
@member_required
@writer_required
def begin_export(request: MemberRequest) -> HttpResponse:
    choice = chosen(request)._replace(is_all=True)
    if choice.problem:
        return look_again(request, choice)
    form = choice.form
    return redirect(
        batches.start_batch(
            organization=request.organization,
            kind="order-list-export",
            params={"filters": form.filters.as_json(), "sort": form.chosen_sort},
            started_by=request.user,
        )
    )
