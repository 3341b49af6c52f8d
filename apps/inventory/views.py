from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.core.errors import Refusal
from apps.core.views import typed
from apps.inventory import operations, queries
from apps.inventory.forms import (
    AdjustmentForm,
    LocationForm,
    NewLocationForm,
    ReceiptForm,
    TransferForm,
)
from apps.inventory.models import Location

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
    found = queries.movement_page(request.organization, after=typed(request, "after"))
    return render(request, "inventory/movements.html", {"page": found})


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
            messages.success(
                request, _("The stock of %(sku)s is changed.") % {"sku": found.variant.sku}
            )
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


@member_required
@writer_required
def transfer_stock(request: MemberRequest) -> HttpResponse:
    initial = {name: typed(request, name) for name in ("sku", "source")}
    form = TransferForm(request.POST or None, initial=initial, organization=request.organization)
    if form.is_valid() and (level := _transfer(request, form)):
        return redirect("inventory:level", request.organization.slug, level)
    page = {"form": form, "places": request.organization.locations.filter(active=True).count()}
    return render(request, "inventory/transfer.html", page, status=422 if form.errors else 200)


@member_required
@writer_required
def list_locations(request: MemberRequest) -> HttpResponse:
    form = NewLocationForm(request.POST or None)
    if form.is_valid():
        try:
            opened = operations.create_location(
                organization=request.organization, **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, _("%(location)s is open.") % {"location": opened})
            return redirect("inventory:locations", request.organization.slug)
    page = {"form": form, "places": queries.places(request.organization)}
    return render(request, "inventory/locations.html", page, status=422 if form.errors else 200)


@member_required
@writer_required
def show_location(request: MemberRequest, location: int) -> HttpResponse:
    found = _place(request, location)
    facts = {"name": found.name, "priority": found.priority}
    form = LocationForm(request.POST or None, initial=facts)
    if form.is_valid():
        operations.set_location(location=found, **form.cleaned_data)
        messages.success(request, _("%(location)s is saved.") % {"location": found})
        return redirect("inventory:locations", request.organization.slug)
    return _location_page(request, found, form)


@require_POST
@member_required
@writer_required
def close_location(request: MemberRequest, location: int) -> HttpResponse:
    found = _place(request, location)
    try:
        operations.close_location(location=found)
    except Refusal as refusal:
        facts = {"name": found.name, "priority": found.priority}
        return _location_page(request, found, LocationForm(initial=facts), refusal=refusal)
    messages.success(request, _("%(location)s is closed.") % {"location": found})
    return redirect("inventory:locations", request.organization.slug)


@require_POST
@member_required
@writer_required
def reopen_location(request: MemberRequest, location: int) -> HttpResponse:
    found = operations.reopen_location(location=_place(request, location))
    messages.success(request, _("%(location)s is open again.") % {"location": found})
    return redirect("inventory:locations", request.organization.slug)


def _place(request: MemberRequest, location: int) -> Location:
    return get_object_or_404(queries.places(request.organization), pk=location)


def _location_page(
    request: MemberRequest,
    location: Location,
    form: LocationForm,
    *,
    refusal: Refusal | None = None,
) -> HttpResponse:
    page = {"location": location, "form": form, "refusal": refusal}
    status = 422 if refusal or form.errors else 200
    return render(request, "inventory/location.html", page, status=status)


def _transfer(request: MemberRequest, form: TransferForm) -> int | None:
    typed_here = form.cleaned_data
    sku = typed_here.pop("sku")
    variant = request.organization.variants.filter(sku=sku).first()
    if variant is None:
        form.add_error("sku", _("There is no product with the SKU %(sku)s.") % {"sku": sku})
        return None
    try:
        out = operations.transfer_stock(variant=variant, **typed_here, actor=request.user)
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return None
    messages.success(
        request,
        _("%(quantity)s of %(sku)s are now at %(location)s.")
        % {"quantity": -out.delta, "sku": sku, "location": typed_here["target"]},
    )
    return out.stock_level_id


def _receive(request: MemberRequest, form: ReceiptForm) -> int | None:
    typed_here = form.cleaned_data
    variant = request.organization.variants.filter(sku=typed_here["sku"]).first()
    if variant is None:
        form.add_error(
            "sku",
            _("There is no product with the SKU %(sku)s.") % {"sku": typed_here["sku"]},
        )
        return None
    place = typed_here.get("location") or operations.default_location(request.organization)
    try:
        level = operations.adjust_stock(
            variant=variant,
            location=place,
            delta=typed_here["quantity"],
            reason=typed_here["reason"],
            actor=request.user,
        )
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return None
    messages.success(
        request,
        _("%(quantity)s of %(sku)s are in stock.")
        % {"quantity": typed_here["quantity"], "sku": variant.sku},
    )
    return level.pk
