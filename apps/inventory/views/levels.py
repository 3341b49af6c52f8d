from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.core.errors import Refusal
from apps.core.views import typed
from apps.inventory import operations, queries
from apps.inventory.forms import REASONS, AdjustmentForm, MovementFilterForm, StockFilterForm
from apps.inventory.models import StockLevel
from apps.inventory.views.returning import return_to


@require_safe
@member_required
def list_stock(request: MemberRequest) -> HttpResponse:
    search = typed(request, "q")
    form = StockFilterForm(request.GET, organization=request.organization)
    filters = form.filters(search=search)
    places = request.organization.locations.filter(active=True).count()
    found = queries.stock_page(
        request.organization, filters, places=places, after=typed(request, "after")
    )
    scanned = queries.level_named_by(found, search)
    if scanned:
        return redirect("inventory:level", request.organization.slug, scanned.pk)
    page = {
        "page": found,
        "search": search,
        "form": form,
        "state": filters.state or "",
        "states": form.fields["state"].choices,  # type: ignore[attr-defined]
        "is_filtered": bool(search or filters.location),
        "places": places,
    }
    return render(request, "inventory/list.html", page)


@require_safe
@member_required
def list_movements(request: MemberRequest) -> HttpResponse:
    search = typed(request, "q")
    form = MovementFilterForm(request.GET, organization=request.organization)
    filters = form.filters(search=search)
    found = queries.movement_page(request.organization, filters, after=typed(request, "after"))
    page = {
        "page": found,
        "search": search,
        "form": form,
        "is_filtered": any(filters),
        "narrowed": sum(map(bool, filters._replace(search=""))),
    }
    return render(request, "inventory/movements.html", page)


@member_required
@writer_required
def adjust_stock(request: MemberRequest, level: int) -> HttpResponse:
    found = get_object_or_404(queries.stock_levels(request.organization), pk=level)
    if request.method != "POST":
        seen = queries.newest_movement(found)
        return _page(request, found, AdjustmentForm(initial={"seen": seen}))
    form = AdjustmentForm(request.POST)
    if form.is_valid():
        try:
            said = _adjust(request, found, form)
        except operations.StockChanged as refusal:
            form.seeing(refusal.movement.pk)
            found = queries.stock_levels(request.organization).get(pk=level)
            return _page(request, found, form, status=409, newest=refusal.movement)
        except Refusal as refusal:
            form.blame(refusal)
        else:
            messages.success(request, said)
            return return_to(request, found.pk)
    return _page(request, found, form, status=422)


def _adjust(request: MemberRequest, level: StockLevel, form: AdjustmentForm) -> str:
    facts = form.cleaned_data
    written = {
        "reason": facts["reason"],
        "actor": request.user,
        "idempotency_key": facts["key"],
    }
    try:
        if facts["counted"] is None:
            operations.adjust_stock(
                variant=level.variant, location=level.location, delta=facts["delta"], **written
            )
        else:
            operations.count_stock(
                level=level, counted=facts["counted"], seen=facts["seen"] or 0, **written
            )
    except operations.AlreadyMoved:
        return _("The stock of %(sku)s was changed already, once.") % {"sku": level.variant.sku}
    return _("The stock of %(sku)s is changed.") % {"sku": level.variant.sku}


def _page(
    request: MemberRequest,
    level: StockLevel,
    form: AdjustmentForm,
    *,
    status: int = 200,
    **said: Any,
) -> HttpResponse:
    page = {
        "level": level,
        "form": form,
        "ledger": queries.ledger(level, after=request.GET.get("after", "")),
        "elsewhere": queries.elsewhere(level),
        "reasons": REASONS,
        "back": typed(request, "back"),
        **said,
    }
    return render(request, "inventory/level.html", page, status=status)
