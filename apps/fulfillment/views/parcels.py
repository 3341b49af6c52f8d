"""Pick lists and parcels."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.fulfillment import documents, operations, queries
from apps.fulfillment.forms import ShipmentForm, TrackingForm, ids_of
from apps.fulfillment.models import Fulfillment
from apps.fulfillment.queries.picking import parcels_of_wave
from apps.orders.views import answer, seen


@require_POST
@member_required
@writer_required
def ship_order(request: MemberRequest, number: int) -> HttpResponse:
    """Pick and send in one go."""
    order = seen(request, number)
    form = ShipmentForm(order.lines.order_by("position"), request.POST, auto_id=ids_of("ship"))

    def ship() -> str:
        operations.ship_order(
            order=order, quantities=form.chosen, **form.tracking, shipped_by=request.user
        )
        return _("%(order)s is on its way.") % {"order": order}

    return answer(request, number, ship, form, shipment_form=form)


@require_POST
@member_required
@writer_required
def open_pick_list(request: MemberRequest, number: int) -> HttpResponse:
    order = seen(request, number)
    form = ShipmentForm(order.lines.order_by("position"), request.POST, auto_id=ids_of("ship"))

    def pick() -> str:
        opened = operations.open_fulfillment(
            order=order, quantities=form.chosen, opened_by=request.user
        )
        said = ngettext("A pick list is open.", "%(count)s pick lists are open.", len(opened))
        return said % {"count": len(opened)}

    return answer(request, number, pick, form, shipment_form=form)


@require_POST
@member_required
@writer_required
def ship_parcel(request: MemberRequest, number: int, parcel: int) -> HttpResponse:
    found = _parcel(request, number, parcel)
    form = TrackingForm(request.POST, auto_id=ids_of("parcel", parcel))

    def ship() -> str:
        operations.ship_fulfillment(fulfillment=found, **form.cleaned_data, shipped_by=request.user)
        return _("%(shipment)s is on its way.") % {"shipment": found}

    return answer(request, number, ship, form, tracking_form=form, parcel=parcel)


@require_POST
@member_required
@writer_required
def deliver_parcel(request: MemberRequest, number: int, parcel: int) -> HttpResponse:
    found = _parcel(request, number, parcel)

    def deliver() -> str:
        operations.mark_delivered(fulfillment=found, marked_by=request.user)
        return _("%(shipment)s is delivered.") % {"shipment": found}

    return answer(request, number, deliver)


@require_POST
@member_required
@writer_required
def cancel_parcel(request: MemberRequest, number: int, parcel: int) -> HttpResponse:
    found = _parcel(request, number, parcel)

    def cancel() -> str:
        operations.cancel_fulfillment(fulfillment=found, cancelled_by=request.user)
        return _("The pick list is cancelled. What was on it stays reserved.")

    return answer(request, number, cancel)


@require_safe
@member_required
def show_pick_list(request: MemberRequest, number: int, parcel: int) -> HttpResponse:
    papers = documents.draw_pick_lists([_parcel(request, number, parcel)])
    return _paper(papers, f"pick-list-{number}-{parcel}")


@require_safe
@member_required
def show_packing_slip(request: MemberRequest, number: int, parcel: int) -> HttpResponse:
    papers = documents.draw_packing_slips([_parcel(request, number, parcel)])
    return _paper(papers, f"packing-slip-{number}-{parcel}")


@require_safe
@member_required
def show_packing_slips(request: MemberRequest, wave: int) -> HttpResponse:
    """The slips of a round, to be printed at one go."""
    parcels = list(parcels_of_wave(request.organization, wave).exclude(status="cancelled"))
    if not parcels:
        raise Http404
    return _paper(documents.draw_packing_slips(parcels), f"packing-slips-round-{wave}")


def _parcel(request: MemberRequest, number: int, parcel: int) -> Fulfillment:
    return get_object_or_404(queries.parcel(request.organization, number), number=parcel)


def _paper(pdf: bytes, name: str) -> HttpResponse:
    # Drawn while somebody waits: it takes about a tenth of a second, and nobody keeps it.
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    response["Cache-Control"] = "no-store"
    return response
