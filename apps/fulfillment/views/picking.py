"""The warehouse: what waits to be picked, and a pick list on the phone of whoever goes for it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.core.errors import Refusal
from apps.core.views import typed
from apps.fulfillment import operations, queries
from apps.fulfillment.forms import MissingForm, TickForm, TrackingForm
from apps.fulfillment.models import Fulfillment, FulfillmentLine
from apps.fulfillment.queries import picking
from apps.inventory.models import Location
from apps.orders import rules as order_rules

# How many orders one person can carry home in one round.
WAVE_AT_MOST = 50
# Where a session remembers who fetches the parcels.
CARRIER = "carrier"


@require_safe
@member_required
def list_picking(request: MemberRequest) -> HttpResponse:
    places = list(request.organization.locations.filter(active=True).order_by("priority", "pk"))
    location = _chosen(places, typed(request, "location"))
    is_open = typed(request, "show") == "open"
    after = typed(request, "after")
    ask = picking.open_page if is_open else picking.waiting_page
    page = {
        "is_open": is_open,
        "page": ask(request.organization, location=location, after=after),
        "waiting": picking.counted(picking.waiting(request.organization, location)),
        "open": picking.counted(picking.open_lists(request.organization, location)),
        "mine": [] if is_open else picking.lists_of(request.organization, request.user),
        "places": places if len(places) > 1 else [],
        "location": location,
    }
    return render(request, "fulfillment/picking.html", page)


@require_POST
@member_required
@writer_required
def start_picking(request: MemberRequest) -> HttpResponse:
    """Open pick lists for the orders that were ticked, and lead to the round."""
    numbers = [one for one in request.POST.getlist("order") if one.isdecimal() and len(one) < 10]
    chosen = list(
        request.organization.orders.filter(number__in=numbers[:WAVE_AT_MOST])
        .select_related("organization")
        .order_by("number")
    )
    if not chosen:
        messages.error(request, _("Choose at least one order."))
        return redirect("fulfillment:picking", request.organization.slug)
    wave = operations.open_wave(chosen=chosen, opened_by=request.user)
    for order, reason in wave.skipped:
        said = _("%(order)s is not picked: %(reason)s")
        messages.warning(request, said % {"order": order, "reason": reason})
    if len(wave.parcels) > 1 and wave.number:
        return redirect("fulfillment:wave", request.organization.slug, wave.number)
    if wave.parcels:
        return redirect(_page_of(request, wave.parcels[0], chosen[0].number))
    return redirect("fulfillment:picking", request.organization.slug)


@member_required
@writer_required
def pick_parcel(request: MemberRequest, number: int, parcel: int) -> HttpResponse:
    """A pick list at the shelf. What is sent to it is one tick."""
    found = _parcel(request, number, parcel)
    if request.method == "POST":
        return _tick(request, [found])
    return _picks_page(request, [found])


@member_required
@writer_required
def pick_wave(request: MemberRequest, wave: int) -> HttpResponse:
    """A round through the shelves for several parcels. What is sent to it is one tick."""
    parcels = _wave(request, wave)
    if request.method == "POST":
        return _tick(request, parcels)
    return _picks_page(request, parcels)


@require_POST
@member_required
@writer_required
def report_missing(request: MemberRequest, number: int, parcel: int) -> HttpResponse:
    found = _parcel(request, number, parcel)
    form = MissingForm(request.POST)
    if not form.is_valid():
        problem = next(str(error) for errors in form.errors.values() for error in errors)
        return _picks_page(request, _round(request, found), problem=problem, status=422)
    try:
        operations.report_missing(
            fulfillment=found,
            row_id=form.cleaned_data["row"],
            reason=form.said,
            reported_by=request.user,
        )
    except Refusal as refusal:
        return _picks_page(request, _round(request, found), problem=str(refusal), status=422)
    messages.success(request, _("It is off the list. It waits to be picked again."))
    return redirect(_page_of(request, found, number))


@require_POST
@member_required
@writer_required
def send_parcel(request: MemberRequest, number: int, parcel: int) -> HttpResponse:
    """Pack and ship in one step, and go on with the next list."""
    found = _parcel(request, number, parcel)
    form = TrackingForm(request.POST)
    if form.is_valid():
        try:
            operations.ship_fulfillment(
                fulfillment=found, **form.cleaned_data, shipped_by=request.user
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            request.session[CARRIER] = form.cleaned_data["carrier"]
            messages.success(request, _("%(order)s is on its way.") % {"order": found.order})
            return redirect(_next_after(request, found))
    return _picks_page(request, [found], shipment_form=form, status=422)


class Progress(NamedTuple):
    picked: int
    wanted: int

    @property
    def is_complete(self) -> bool:
        return self.picked == self.wanted


def _tick(request: MemberRequest, parcels: Sequence[Fulfillment]) -> HttpResponse:
    try:
        row = _count(request, parcels)
    except Refusal as refusal:
        return _picks_page(request, parcels, problem=str(refusal), status=refusal.status)
    said = _("%(name)s: %(picked)s of %(quantity)s") % {
        "name": row.order_line.name,
        "picked": row.picked,
        "quantity": row.quantity,
    }
    if len(parcels) > 1:
        said = _("%(said)s, for %(order)s") % {"said": said, "order": row.fulfillment.order}
    if request.htmx:  # type: ignore[attr-defined]
        return _picks_page(request, parcels, said=said, touched=row.pk)
    messages.success(request, said)
    return redirect(request.path)


def _count(request: MemberRequest, parcels: Sequence[Fulfillment]) -> FulfillmentLine:
    form = TickForm(request.POST)
    if not form.is_valid():
        raise operations.WrongArticle(_("Scan an article, or type its SKU."))
    return operations.tick(parcels=parcels, **form.tick).row


def _picks_page(
    request: MemberRequest,
    parcels: Sequence[Fulfillment],
    *,
    said: str = "",
    problem: str = "",
    touched: int = 0,
    shipment_form: Any = None,
    status: int = 200,
) -> HttpResponse:
    rows = picking.picks(parcels)
    open_rows = [row for row in rows if row.fulfillment.status == Fulfillment.Status.OPEN]
    progress = Progress(
        sum(row.picked for row in open_rows), sum(row.quantity for row in open_rows)
    )
    groups = picking.by_article(open_rows, touched)
    first = parcels[0]
    carrier = {"carrier": request.session.get(CARRIER, "")}
    page = {
        "parcels": parcels,
        "parcel": first,
        "is_wave": len(parcels) > 1,
        "is_over": not open_rows,
        "left": [group for group in groups if group.left],
        "done": [group for group in groups if not group.left],
        "progress": progress,
        "said": said,
        "problem": problem,
        "obstacle": order_rules.may_ship(first.order),
        "shipment_form": shipment_form or TrackingForm(initial=carrier),
        "missing_form": MissingForm(),
    }
    template = "fulfillment/_picked.html" if request.htmx else "fulfillment/pick.html"  # type: ignore[attr-defined]
    return render(request, template, page, status=status)


def _next_after(request: MemberRequest, sent: Fulfillment) -> str:
    """Where one goes on: in the same round, with what one has begun, or with what waits."""
    open_lists = picking.open_lists(request.organization)
    others = open_lists.filter(wave=sent.wave) if sent.wave else open_lists.none()
    following = others.first() or open_lists.filter(picked_by=request.user).first()
    if following is None:
        return reverse("fulfillment:picking", args=[request.organization.slug])
    number = following.order.number
    return reverse("fulfillment:pick", args=[request.organization.slug, number, following.number])


def _page_of(request: MemberRequest, parcel: Fulfillment, number: int | None) -> str:
    slug = request.organization.slug
    if parcel.wave:
        return reverse("fulfillment:wave", args=[slug, parcel.wave])
    return reverse("fulfillment:pick", args=[slug, number, parcel.number])


def _round(request: MemberRequest, parcel: Fulfillment) -> Sequence[Fulfillment]:
    return _wave(request, parcel.wave) if parcel.wave else [parcel]


def _wave(request: MemberRequest, wave: int) -> list[Fulfillment]:
    parcels = list(picking.parcels_of_wave(request.organization, wave))
    if not parcels:
        raise Http404
    return parcels


def _parcel(request: MemberRequest, number: int, parcel: int) -> Fulfillment:
    return get_object_or_404(queries.parcel(request.organization, number), number=parcel)


def _chosen(places: Sequence[Location], pk: str) -> Location | None:
    return next((place for place in places if str(place.pk) == pk), None)
