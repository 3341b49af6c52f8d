"""Saved views: what a list asks for, kept under a name."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.core.errors import Refusal
from apps.orders import operations, queries
from apps.orders.forms import SavedViewForm, asked_by
from apps.orders.models import SavedView
from apps.orders.views.listing import filter_form, members


@require_POST
@member_required
@writer_required
def save_view(request: MemberRequest) -> HttpResponse:
    form = SavedViewForm(request.POST)
    # Only what a list would understand is kept.
    query = filter_form(request, members(request), asked_by(request.POST.get("query", ""))).query
    if form.is_valid():
        try:
            view = operations.save_view(
                organization=request.organization,
                owner=request.user,
                name=form.cleaned_data["name"],
                query=query,
                shared=form.cleaned_data["shared"],
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("“%(view)s” is saved.") % {"view": view})
            return redirect(_list(request, view.query))
    page = {"form": form, "query": query}
    return render(request, "orders/view.html", page, status=422)


@member_required
@writer_required
def change_view(request: MemberRequest, view: int) -> HttpResponse:
    found = _seen(request, view)
    initial = {"name": found.name, "shared": found.shared}
    form = SavedViewForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            operations.change_view(
                view=found,
                name=form.cleaned_data["name"],
                shared=form.cleaned_data["shared"],
                changed_by=request.user,
                keeps=request.may_keep,
            )
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(_list(request, found.query))
    page = {
        "form": form,
        "view": found,
        "may_change": found.owner_id == request.user.pk or request.may_keep,
        "filters": filter_form(request, members(request), asked_by(found.query)),
    }
    return render(request, "orders/view.html", page, status=422 if form.errors else 200)


@require_POST
@member_required
@writer_required
def remove_view(request: MemberRequest, view: int) -> HttpResponse:
    found = _seen(request, view)
    try:
        operations.remove_view(view=found, removed_by=request.user, keeps=request.may_keep)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect(_list(request, found.query))
    messages.success(request, _("“%(view)s” is removed. Its orders stay.") % {"view": found})
    return redirect("orders:list", request.organization.slug)


def _seen(request: MemberRequest, view: int) -> SavedView:
    return get_object_or_404(queries.saved_views(request.organization, request.user), pk=view)


def _list(request: MemberRequest, query: str) -> str:
    address = reverse("orders:list", args=[request.organization.slug])
    return f"{address}?{query}" if query else address
