"""What comes back."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.fulfillment import operations, queries
from apps.fulfillment.forms import ArrivalForm, DeclineForm, ResolutionForm, ReturnForm, ids_of
from apps.fulfillment.models import Return
from apps.inventory.operations import location_of
from apps.orders.views import answer, seen


@require_POST
@member_required
@writer_required
def request_return(request: MemberRequest, number: int) -> HttpResponse:
    order = seen(request, number)
    form = ReturnForm(order.lines.order_by("position"), request.POST, auto_id=ids_of("return"))

    def announce() -> str:
        rma = operations.request_return(
            order=order,
            quantities=form.quantities,
            reason=form.cleaned_data["reason"],
            requested_by=request.user,
        )
        return _("%(return)s is requested.") % {"return": rma}

    return answer(request, number, announce, form, return_form=form)


@require_POST
@member_required
@writer_required
def approve_return(request: MemberRequest, number: int, rma: int) -> HttpResponse:
    found = _return(request, number, rma)

    def approve() -> str:
        operations.approve_return(rma=found, approved_by=request.user)
        return _("%(return)s may come.") % {"return": found}

    return answer(request, number, approve)


@require_POST
@member_required
@writer_required
def decline_return(request: MemberRequest, number: int, rma: int) -> HttpResponse:
    found = _return(request, number, rma)
    form = DeclineForm(request.POST, auto_id=ids_of("decline", rma))

    def decline() -> str:
        operations.decline_return(
            rma=found, reason=form.cleaned_data["reason"], declined_by=request.user
        )
        return _("%(return)s is declined.") % {"return": found}

    return answer(request, number, decline, form, decline_form=form, rma=rma)


@require_POST
@member_required
@writer_required
def cancel_return(request: MemberRequest, number: int, rma: int) -> HttpResponse:
    found = _return(request, number, rma)

    def cancel() -> str:
        operations.cancel_return(rma=found, cancelled_by=request.user)
        return _("%(return)s is cancelled.") % {"return": found}

    return answer(request, number, cancel)


@require_POST
@member_required
@writer_required
def receive_return(request: MemberRequest, number: int, rma: int) -> HttpResponse:
    found = _return(request, number, rma)
    rows = list(found.lines.select_related("order_line").order_by("order_line__position"))
    form = ArrivalForm(rows, request.POST, auto_id=ids_of("receive", rma))

    def receive() -> str:
        operations.receive_return(
            rma=found,
            arrivals=form.arrivals,
            location=location_of(request.organization, form.cleaned_data["location"]),
            received_by=request.user,
        )
        return _("%(return)s is received.") % {"return": found}

    return answer(request, number, receive, form, arrival_form=form, rma=rma)


@require_POST
@member_required
@writer_required
def close_return(request: MemberRequest, number: int, rma: int) -> HttpResponse:
    found = _return(request, number, rma)
    form = ResolutionForm(request.POST, auto_id=ids_of("close", rma))

    def close() -> str:
        resolution = Return.Resolution(form.cleaned_data["resolution"])
        closed = operations.close_return(rma=found, resolution=resolution, closed_by=request.user)
        if closed.exchange_order:
            return _("%(return)s is closed. %(order)s is placed for the exchange.") % {
                "return": found,
                "order": closed.exchange_order,
            }
        return _("%(return)s is closed.") % {"return": found}

    return answer(request, number, close, form, resolution_form=form, rma=rma)


def _return(request: MemberRequest, number: int, rma: int) -> Return:
    return get_object_or_404(queries.return_of(request.organization, number), number=rma)
