"""
Writing an order. Every button of the form sends all of it, so the page needs no script: "place"
and "draft" keep it; the others change its lines and show it again.
"""

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.catalog.models import Variant
from apps.catalog.queries import matching_variants, variants_by_sku
from apps.core.errors import Refusal
from apps.core.views import typed
from apps.inventory.queries import availability
from apps.orders import operations
from apps.orders.forms import (
    BuyerForm,
    StockKeptForm,
    TermsForm,
    TypedLine,
    line_forms,
    one_more,
    typed_lines,
    without,
)
from apps.orders.models import Adjustment, Order, OrderLine

CHOICES_AT_MOST = 8


@member_required
@writer_required
def new_order(request: MemberRequest) -> HttpResponse:
    if request.method == "POST":
        return _rewrite(request, None)
    buyer = BuyerForm(initial={"key": uuid.uuid4().hex})
    terms = TermsForm(request.organization)
    return _editor(request, None, buyer, _sheet(request, [], terms, None))


@member_required
@writer_required
def edit_draft(request: MemberRequest, draft: int) -> HttpResponse:
    order = get_object_or_404(request.organization.orders, pk=draft)
    if order.number is not None:
        return redirect(order)
    if request.method == "POST":
        return _rewrite(request, order)
    lines = [TypedLine(line.sku, str(line.quantity)) for line in order.lines.order_by("position")]
    terms = TermsForm.of_draft(order)
    return _editor(request, order, BuyerForm.of_draft(order), _sheet(request, lines, terms, order))


@require_POST
@member_required
@writer_required
def discard_draft(request: MemberRequest, draft: int) -> HttpResponse:
    order = get_object_or_404(request.organization.orders, pk=draft, number=None)
    try:
        operations.discard_draft(draft=order)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect(order)
    messages.success(request, _("The draft is gone."))
    return redirect("orders:list", request.organization.slug)


@require_POST
@member_required
@writer_required
def keep_stock(request: MemberRequest, draft: int) -> HttpResponse:
    order = get_object_or_404(request.organization.orders, pk=draft, number=None)
    form = StockKeptForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("For how many days? Between 1 and 90."))
        return redirect(order)
    try:
        operations.keep_stock_for_draft(draft=order, until=form.until, kept_by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        days = form.cleaned_data["days"]
        said = ngettext(
            "Its stock is kept for %(days)s day.", "Its stock is kept for %(days)s days.", days
        )
        messages.success(request, said % {"days": days})
    return redirect(order)


@require_safe
@member_required
def list_choices(request: MemberRequest) -> HttpResponse:
    """What may be added to an order, while its name is typed."""
    search = typed(request, "find")
    page = {"search": search, "found": _choices(request, search)}
    return render(request, "orders/_choices.html", page)


@require_POST
@member_required
@writer_required
def quote_order(request: MemberRequest) -> HttpResponse:
    """What the typed lines come to, while they are typed."""
    draft = typed(request, "draft")
    known = request.organization.orders.filter(pk=draft, number=None) if draft.isdecimal() else []
    sheet = _sheet(
        request, typed_lines(request.POST), _typed_terms(request), next(iter(known), None)
    )
    return render(request, "orders/_quote.html", {"sheet": sheet, "live": True})


class Row(NamedTuple):
    """A typed line, and what we know about it."""

    form: Any
    variant: Variant | None
    line: OrderLine | None
    # What could be promised now; empty where stock is not counted or not shown.
    available: int | None

    @property
    def is_short(self) -> bool:
        if self.line is None or self.available is None or self.variant is None:
            return False
        return self.available < self.line.quantity and not self.variant.allow_backorder


class Sheet(NamedTuple):
    """The lines as they are typed, and the order they would make."""

    forms: Any
    rows: list[Row]
    order: Order
    adjustments: list[Adjustment]
    terms: TermsForm
    # Why they make no order, where what is wrong is in none of the fields.
    refusal: str

    @property
    def discount(self) -> int:
        return sum(row.line.discount for row in self.rows if row.line)

    @property
    def is_complete(self) -> bool:
        return not self.refusal and all(row.line for row in self.rows) and self.terms.is_valid()


def _rewrite(request: MemberRequest, draft: Order | None) -> HttpResponse:
    verb, _colon, value = request.POST.get("do", "").partition(":")
    if verb in {"place", "draft"}:
        return _keep(request, draft, place=verb == "place")
    lines, search, found = typed_lines(request.POST), "", None
    if verb == "remove":
        lines = without(lines, value)
    elif verb == "add":
        lines = one_more(lines, value)
    elif search := typed(request, "find"):
        found = _choices(request, search)
        if sku := _only_one(found, search):
            lines, search, found = one_more(lines, sku), "", None
    sheet = _sheet(request, lines, _typed_terms(request), draft)
    return _editor(request, draft, BuyerForm(request.POST), sheet, search=search, found=found)


def _keep(request: MemberRequest, draft: Order | None, *, place: bool) -> HttpResponse:
    buyer = BuyerForm(request.POST)
    sheet = _sheet(request, typed_lines(request.POST), _typed_terms(request), draft)
    if buyer.is_valid() and sheet.is_complete:
        try:
            order = _write(request, draft, buyer, sheet, place=place)
        except operations.AlreadyPlaced as former:
            messages.warning(
                request,
                _("%(order)s had been placed from this form already.") % {"order": former.order},
            )
            return redirect(former.order)
        except Refusal as refusal:
            buyer.add_error(None, str(refusal))
        else:
            messages.success(
                request,
                _("%(order)s is placed.") % {"order": order} if place else _("The draft is saved."),
            )
            return redirect(order)
    return _editor(request, draft, buyer, sheet, status=422)


def _write(
    request: MemberRequest, draft: Order | None, buyer: BuyerForm, sheet: Sheet, *, place: bool
) -> Order:
    items = [
        operations.Item(row.variant, row.line.quantity, row.line.unit_price)
        for row in sheet.rows
        if row.line
    ]
    typed_order: Any = {
        "organization": request.organization,
        "buyer": buyer.buyer,
        "items": items,
        "adjustments": [*sheet.terms.adjustments, *_not_on_the_form(draft)],
        "note": buyer.cleaned_data["note"],
    }
    if place and draft is None:
        origin = operations.STAFF._replace(idempotency_key=buyer.cleaned_data["key"])
        return operations.place_order(**typed_order, origin=origin, placed_by=request.user)
    saved = operations.save_draft(**typed_order, draft=draft, saved_by=request.user)
    # Refused now, the draft keeps what was typed: that is why these are two transactions.
    return operations.place_draft(draft=saved, placed_by=request.user) if place else saved


def _typed_terms(request: MemberRequest) -> TermsForm:
    terms = TermsForm(request.organization, request.POST)
    terms.is_valid()
    return terms


def _not_on_the_form(draft: Order | None) -> list[operations.AdjustmentItem]:
    """Return what a program agreed on that the form has no field for: it stays as it is."""
    adjustments = list(draft.adjustments.order_by("position")) if draft else []
    kinds = [one.kind for one in adjustments]
    shown = {
        kinds.index(kind)
        for kind in (Adjustment.Kind.DISCOUNT, Adjustment.Kind.SHIPPING)
        if kind in kinds
    }
    return [
        operations.AdjustmentItem(
            Adjustment.Kind(one.kind), one.label, one.amount, one.percent, one.tax_rate
        )
        for index, one in enumerate(adjustments)
        if index not in shown
    ]


def _sheet(
    request: MemberRequest, lines: Sequence[TypedLine], terms: TermsForm, draft: Order | None
) -> Sheet:
    agreed = dict(draft.lines.values_list("sku", "unit_price")) if draft else {}
    forms = line_forms(lines)
    variants = variants_by_sku(request.organization, (line.sku for line in lines))
    known = [(form, variants.get(line.sku)) for form, line in zip(forms, lines, strict=True)]
    items = []
    for form, variant in known:
        if variant is None:
            form.add_error("sku", _("This product is not for sale any more. Remove the line."))
        elif form.is_valid():
            quantity, price = form.cleaned_data["quantity"], agreed.get(variant.sku)
            items.append(operations.Item(variant, quantity, price))
    quote, refusal = operations.quote_order(organization=request.organization, items=[]), ""
    try:
        quote = operations.quote_order(
            organization=request.organization,
            items=items,
            adjustments=[*terms.adjustments, *_not_on_the_form(draft)],
        )
    except operations.TooLarge as too_large:
        refusal = str(too_large)
    return Sheet(forms, _rows(known, quote.lines), quote.order, quote.adjustments, terms, refusal)


def _rows(known: Sequence[tuple[Any, Variant | None]], lines: Sequence[OrderLine]) -> list[Row]:
    counted = [variant.pk for _, variant in known if variant and variant.track_stock]
    shown = settings.FEATURES["new_checkout"]
    available = dict.fromkeys(counted, 0) | availability(counted) if shown else {}
    priced = iter(lines)
    return [
        Row(
            form,
            variant,
            next(priced, None) if form.is_valid() else None,
            available.get(variant.pk) if variant else None,
        )
        for form, variant in known
    ]


def _editor(
    request: MemberRequest,
    draft: Order | None,
    buyer: BuyerForm,
    sheet: Sheet,
    *,
    search: str = "",
    found: Sequence[tuple[Variant, int]] | None = None,
    status: int = 200,
) -> HttpResponse:
    page = {"draft": draft, "form": buyer, "sheet": sheet, "search": search, "found": found}
    return render(request, "orders/edit.html", page, status=status)


def _choices(request: MemberRequest, search: str) -> list[tuple[Variant, int]]:
    found = list(matching_variants(request.organization, search)[:CHOICES_AT_MOST])
    available = availability(variant.pk for variant in found)
    return [(variant, available.get(variant.pk, 0)) for variant in found]


def _only_one(found: Sequence[tuple[Variant, int]], search: str) -> str:
    skus = [variant.sku for variant, _ in found]
    same = [sku for sku in skus if sku.casefold() == search.casefold()]
    return same[0] if same else skus[0] if len(skus) == 1 else ""
