"""
Writing an order. Every button of the form sends all of it, so the page needs no script: "place"
and "draft" keep it; the others change its lines and show it again.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.catalog.models import Variant
from apps.catalog.queries import matching_variants, variants_of_code
from apps.core.errors import InvalidInput, Refusal
from apps.core.views import typed
from apps.inventory.queries import availability
from apps.orders import operations
from apps.orders.forms import (
    BuyerForm,
    StockKeptForm,
    TermsForm,
    TypedLine,
    one_more,
    typed_lines,
    without,
)
from apps.orders.models import Order
from apps.orders.views.reading import seen_version
from apps.orders.views.sheet import Sheet, as_typed, not_on_the_form, sheet_of, typed_terms

CHOICES_AT_MOST = 8
FIRST_VERSION = 1


@member_required
@writer_required
def new_order(request: MemberRequest) -> HttpResponse:
    if request.method == "POST":
        return _rewrite(request, None)
    buyer = BuyerForm(initial={"key": uuid.uuid4().hex})
    terms = TermsForm(request.organization)
    return _editor(request, None, buyer, sheet_of(request, [], terms, None))


@member_required
@writer_required
def edit_draft(request: MemberRequest, draft: int) -> HttpResponse:
    order = get_object_or_404(request.organization.orders, pk=draft)
    if order.number is not None:
        return redirect(order)
    if request.method == "POST":
        order.expected_version = seen_version(request)
        return _rewrite(request, order)
    lines = [
        TypedLine(line.sku, str(line.quantity), as_typed(line.unit_price, order.currency))
        for line in order.lines.order_by("position")
    ]
    terms = TermsForm.of_draft(order)
    return _editor(
        request, order, BuyerForm.of_draft(order), sheet_of(request, lines, terms, order)
    )


@require_POST
@member_required
@writer_required
def discard_draft(request: MemberRequest, draft: int) -> HttpResponse:
    order = get_object_or_404(request.organization.orders, pk=draft, number=None)
    try:
        operations.discard_draft(draft=order)
    except operations.OrderGone:
        pass  # Twice, or by two: it is gone.
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect(order)
    messages.success(request, _("The draft is gone."))
    return redirect("orders:list", request.organization.slug)


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
    sheet = sheet_of(
        request, typed_lines(request.POST), typed_terms(request), next(iter(known), None)
    )
    return render(request, "orders/_quote.html", {"sheet": sheet, "live": True})


def _rewrite(request: MemberRequest, draft: Order | None) -> HttpResponse:
    verb, _colon, value = request.POST.get("do", "").partition(":")
    if verb in {"place", "draft"} or (verb == "stock" and draft):
        return _keep(request, draft, verb)
    lines, search, found, added = typed_lines(request.POST), "", None, ""
    if verb == "remove":
        lines = without(lines, value)
    elif verb == "add":
        lines, added = one_more(lines, value), value
    elif search := _searched(request, value):
        found = _choices(request, search)
        if added := _only_one(found, search):
            lines, search, found = one_more(lines, added), "", None
    sheet = sheet_of(request, lines, typed_terms(request), draft)
    shown: dict[str, Any] = {"search": search, "found": found, "added": sheet.row_of(added)}
    return _editor(request, draft, BuyerForm(request.POST), sheet, **shown)


def _keep(request: MemberRequest, draft: Order | None, verb: str) -> HttpResponse:
    buyer = BuyerForm(request.POST)
    sheet = sheet_of(request, typed_lines(request.POST), typed_terms(request), draft)
    if buyer.is_valid() and sheet.is_complete:
        try:
            order = _write(request, draft, buyer, sheet, verb)
        except operations.AlreadyPlaced as former:
            return _go_on(request, former.order, verb)
        except Refusal as refusal:
            buyer.add_error(None, str(refusal))
            draft = _still_there(draft, refusal)
        else:
            messages.success(request, _said(verb, order))
            return redirect(order)
    return _editor(request, draft, buyer, sheet, status=422)


def _still_there(draft: Order | None, refusal: Refusal) -> Order | None:
    """Return the draft to go on with. One that is gone becomes a new order, with what was typed."""
    if draft and isinstance(refusal, operations.StaleOrder):
        # Whoever sends it again was told.
        draft.expected_version = None
    return None if isinstance(refusal, operations.OrderGone) else draft


def _go_on(request: MemberRequest, former: Order, verb: str) -> HttpResponse:
    """What the form of a new order made before: a draft is written anew, unless others did so."""
    if former.number is None:
        former.expected_version = FIRST_VERSION
        return _keep(request, former, verb)
    said = _("%(order)s had been placed from this form already.")
    messages.success(request, said % {"order": former})
    return redirect(former)


def _said(verb: str, order: Order) -> str:
    if verb == "place":
        return _("%(order)s is placed.") % {"order": order}
    if verb == "stock":
        return _("The draft is saved, and its stock is kept.")
    return _("The draft is saved.")


def _write(
    request: MemberRequest, draft: Order | None, buyer: BuyerForm, sheet: Sheet, verb: str
) -> Order:
    period = StockKeptForm(request.POST)
    if verb == "stock" and not period.is_valid():
        raise InvalidInput(_("For how many days is its stock kept? Between 1 and 90."))
    items = [
        operations.Item(row.variant, row.line.quantity, row.line.unit_price)
        for row in sheet.rows
        if row.line
    ]
    typed_order: Any = {
        "organization": request.organization,
        "buyer": buyer.buyer,
        "items": items,
        "adjustments": [*sheet.terms.adjustments, *not_on_the_form(draft)],
        "note": buyer.cleaned_data["note"],
    }
    if draft is None:
        typed_order["origin"] = operations.STAFF._replace(idempotency_key=buyer.cleaned_data["key"])
        if verb == "place":
            return operations.place_order(**typed_order, placed_by=request.user)
    saved = _saved(draft, saved_by=request.user, **typed_order)
    # Refused now, the draft keeps what was typed: that is why these are two transactions.
    if verb == "place":
        return operations.place_draft(draft=saved, placed_by=request.user)
    if verb == "stock":
        return operations.keep_stock_for_draft(
            draft=saved, until=period.until, kept_by=request.user
        )
    return saved


def _saved(draft: Order | None, **typed_order: Any) -> Order:
    saved = operations.save_draft(draft=draft, **typed_order)
    if draft is not None:
        # Whatever is refused from here on, the form is that of what was saved.
        draft.version, draft.expected_version = saved.version, None
    return saved


def _editor(
    request: MemberRequest,
    draft: Order | None,
    buyer: BuyerForm,
    sheet: Sheet,
    *,
    status: int = 200,
    **shown: Any,
) -> HttpResponse:
    new = reverse("orders:new", args=[request.organization.slug])
    address = draft.get_absolute_url() if draft else new
    page = {"draft": draft, "address": address, "form": buyer, "sheet": sheet, **shown}
    return render(request, "orders/edit.html", page, status=status)


def _searched(request: MemberRequest, value: str) -> str:
    # A script that queues what is scanned sends it with the button: the field may hold the next.
    return value.replace("\x00", "").strip()[:200] or typed(request, "find")


def _choices(request: MemberRequest, search: str) -> list[tuple[Variant, int]]:
    same = variants_of_code(request.organization, search)
    found = same or matching_variants(request.organization, search, at_most=CHOICES_AT_MOST)
    available = availability(variant.pk for variant in found)
    return [(variant, available.get(variant.pk, 0)) for variant in found]


def _only_one(found: Sequence[tuple[Variant, int]], search: str) -> str:
    skus = [variant.sku for variant, _available in found]
    same = [sku for sku in skus if sku.casefold() == search.casefold()]
    return same[0] if same else skus[0] if len(skus) == 1 else ""
