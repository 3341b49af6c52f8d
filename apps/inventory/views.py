from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.core.errors import Refusal
from apps.core.views import typed
from apps.inventory import operations, queries
from apps.inventory.forms import AdjustmentForm, ReceiptForm

MOVEMENTS_SHOWN = 50
MISSING_SHOWN = 20


@require_safe
@member_required
def list_stock(request: MemberRequest) -> HttpResponse:
    search = typed(request, "q")
    found = queries.stock_page(request.organization, search=search, after=typed(request, "after"))
    missing = [] if search else queries.variants_without_stock(request.organization)[:MISSING_SHOWN]
    page = {"page": found, "search": search, "missing": missing}
    return render(request, "inventory/list.html", page)


@require_safe
@member_required
def list_movements(request: MemberRequest) -> HttpResponse:
    movements = queries.recent_movements(request.organization)[:MOVEMENTS_SHOWN]
    return render(request, "inventory/movements.html", {"movements": movements})


@member_required
@writer_required
def adjust_stock(request: MemberRequest, level: int) -> HttpResponse:
    found = get_object_or_404(queries.stock_levels(request.organization), pk=level)
    form = AdjustmentForm(request.POST or None)
    if form.is_valid():
        try:
            operations.adjust_stock(
                variant=found.variant,
                location=found.location,
                **form.cleaned_data,
                actor=request.user,
            )
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, f"The stock of {found.variant.sku} is changed.")
            return redirect("inventory:level", request.organization.slug, level)
    movements = queries.movements(found)[:MOVEMENTS_SHOWN]
    page = {"level": found, "form": form, "movements": movements}
    return render(request, "inventory/level.html", page, status=422 if form.errors else 200)


@member_required
@writer_required
def receive_stock(request: MemberRequest) -> HttpResponse:
    """Put the first units of a variant on a shelf; later ones are an adjustment of its level."""
    initial = {"sku": typed(request, "sku")}
    form = ReceiptForm(request.POST or None, initial=initial, organization=request.organization)
    if form.is_valid() and (level := _receive(request, form)):
        return redirect("inventory:level", request.organization.slug, level)
    missing = queries.variants_without_stock(request.organization)[:MISSING_SHOWN]
    page = {"form": form, "missing": missing}
    return render(request, "inventory/receive.html", page, status=422 if form.errors else 200)


def _receive(request: MemberRequest, form: ReceiptForm) -> int | None:
    typed_here = form.cleaned_data
    variant = request.organization.variants.filter(sku=typed_here["sku"]).first()
    if variant is None:
        form.add_error("sku", f"There is no product with the SKU {typed_here['sku']}.")
        return None
    level = operations.adjust_stock(
        variant=variant,
        location=typed_here.get("location") or operations.default_location(request.organization),
        delta=typed_here["quantity"],
        reason=typed_here["reason"],
        actor=request.user,
    )
    messages.success(request, f"{typed_here['quantity']} of {variant.sku} are in stock.")
    return level.pk
