from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.catalog.models import Variant
from apps.core.errors import Refusal
from apps.core.views import typed
from apps.inventory import operations, queries
from apps.inventory.forms import REASONS, OnceForm, ReceiptForm, TransferForm
from apps.inventory.views.returning import return_to

MISSING_SHOWN = 20


@member_required
@writer_required
def receive_stock(request: MemberRequest) -> HttpResponse:
    """Put units of a variant on a shelf, where there may have been none."""
    missing = list(queries.variants_without_stock(request.organization)[:MISSING_SHOWN])
    # Where one product waits for its first units, it is the one that came.
    only = missing[0].sku if len(missing) == 1 else ""
    initial = {"sku": typed(request, "sku") or only}
    form = ReceiptForm(request.POST or None, initial=initial, organization=request.organization)
    if form.is_valid() and (level := _receive(request, form)):
        return return_to(request, level)
    return _page(request, "inventory/receive.html", form, missing=missing)


@member_required
@writer_required
def transfer_stock(request: MemberRequest) -> HttpResponse:
    initial = {name: typed(request, name) for name in ("sku", "source")}
    form = TransferForm(request.POST or None, initial=initial, organization=request.organization)
    if form.is_valid() and (level := _transfer(request, form)):
        return return_to(request, level)
    places = request.organization.locations.filter(active=True).count()
    return _page(request, "inventory/transfer.html", form, places=places)


def _receive(request: MemberRequest, form: ReceiptForm) -> int | None:
    facts = form.cleaned_data
    variant = _variant(request, form)
    if variant is None:
        return None
    try:
        level = operations.adjust_stock(
            variant=variant,
            location=facts.get("location") or operations.default_location(request.organization),
            delta=facts["quantity"],
            reason=facts["reason"],
            actor=request.user,
            idempotency_key=facts["key"],
        )
    except Refusal as refusal:
        return _refused(form, refusal)
    said = _("%(units)s of %(sku)s are in stock.")
    messages.success(request, said % {"units": facts["quantity"], "sku": variant.sku})
    return level.pk


def _transfer(request: MemberRequest, form: TransferForm) -> int | None:
    facts = form.cleaned_data
    variant = _variant(request, form)
    if variant is None:
        return None
    try:
        out = operations.transfer_stock(
            variant=variant,
            source=facts["source"],
            target=facts["target"],
            quantity=facts["quantity"],
            reason=facts["reason"],
            actor=request.user,
            idempotency_key=facts["key"],
        )
    except Refusal as refusal:
        return _refused(form, refusal)
    said = _("%(units)s of %(sku)s are now at %(location)s.")
    moved = {"units": facts["quantity"], "sku": variant.sku, "location": facts["target"]}
    messages.success(request, said % moved)
    return out.stock_level_id


def _refused(form: OnceForm, refusal: Refusal) -> int | None:
    """Say why on the form; of what was done already, return where."""
    if isinstance(refusal, operations.AlreadyMoved):
        return refusal.movement.stock_level_id
    form.blame(refusal)
    return None


def _variant(request: MemberRequest, form: OnceForm) -> Variant | None:
    """Return what was typed or scanned: a SKU, or a barcode that one variant alone has."""
    code = form.cleaned_data["sku"]
    variants = request.organization.variants
    found = variants.filter(sku=code).first()
    if found is not None:
        return found
    scanned = list(variants.filter(barcode=code)[:2])
    if len(scanned) == 1:
        return scanned[0]
    form.add_error("sku", _("There is no product with the SKU %(sku)s.") % {"sku": code})
    return None


def _page(request: MemberRequest, template: str, form: OnceForm, **shown: Any) -> HttpResponse:
    page = {"form": form, "reasons": REASONS, "back": typed(request, "back"), **shown}
    return render(request, template, page, status=422 if form.errors else 200)
