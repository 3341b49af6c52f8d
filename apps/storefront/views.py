"""What the customer of an order may see and do. Nobody is signed in: the link is the permission."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import MemberRequest, member_required
from apps.accounts.models import User
from apps.core.errors import Refusal
from apps.core.languages import figures, speaking
from apps.core.money import display
from apps.core.views import unlisted
from apps.files import s3
from apps.fulfillment import operations as fulfillment
from apps.orders import operations as orders
from apps.orders.models import Order
from apps.payments import queries as payments
from apps.storefront import queries, rules
from apps.storefront.forms import ReturnForm


class CustomerRequest(HttpRequest):
    order: Order
    token: str


def link_required[**P](
    view: Callable[Concatenate[CustomerRequest, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Answer 404 to what is no link of ours, and 410 to one that has ended, which says so."""

    @unlisted
    @wraps(view)
    def door(request: Any, token: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        found = queries.order_behind(token)
        if found is None:
            raise Http404
        # Money and moments are written as people of the shop do.
        request.organization = found.order.organization
        if found.has_ended:
            return render(request, "storefront/ended.html", status=410)
        request.order, request.token = found.order, token
        return view(request, *args, **kwargs)

    return door


@require_safe
@member_required
def show_as_customer(request: MemberRequest, number: int) -> HttpResponse:
    """
    Lead staff to what the customer sees, and may do there: not those who only look.

    The link is made when asked for: no page carries it.
    """
    if not request.may_write:
        raise PermissionDenied
    order = get_object_or_404(request.organization.orders, number=number)
    return redirect(queries.order_link(order))


@require_safe
@link_required
def show_order(request: CustomerRequest) -> HttpResponse:
    order = request.order
    lines, parcels = queries.lines_with_pictures(order), queries.parcels_of(order)
    returns, sent = queries.returns_of(order), [one.parcel for one in parcels]
    steps = rules.progress(order, lines, sent)
    state, owed = payments.checkout_state(order), order.balance - order.authorized
    page = {
        "order": order,
        "token": request.token,
        "lines": lines,
        "discount": sum(line.discount for line in lines),
        "adjustments": order.adjustments.order_by("position"),
        "steps": steps,
        "headline": rules.headline(order, steps, sent, [one.rma for one in returns]),
        "parcels": parcels,
        "returns": returns,
        "may_return": any(line.returnable for line in lines),
        "documents": queries.documents_of(order),
        "owed": display(owed, order.currency, figures(order.organization.locale)),
        "pay_link": payments.checkout_link(order) if state == "open" else "",
        "bank_details": order.organization.bank_details if state in {"open", "off"} else "",
    }
    return render(request, "storefront/order.html", page)


@link_required
def request_return(request: CustomerRequest) -> HttpResponse:
    order = request.order
    lines = queries.lines_with_pictures(order)
    form = ReturnForm.of(order, lines, request.POST or None)
    if form.is_valid():
        order.expected_version = form.cleaned_data["version"]
        try:
            # The shop reads the reason: it is written in its language, not in the reader's.
            with speaking(order.organization.locale):
                reason = form.reason
            fulfillment.request_return(
                order=order,
                quantities=form.quantities,
                reason=reason,
                cause=form.cause,
                requested_by=_member(request),
            )
        except orders.StaleOrder:
            order.refresh_from_db(fields=["version"])
            form.now_sees(order.version)
            form.add_error(None, _("Your order has changed meanwhile. Look at it again first."))
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("We have your request and will answer it soon."))
            return redirect("storefront:order", request.token)
    page = {"order": order, "token": request.token, "form": form}
    return render(request, "storefront/return.html", page, status=422 if form.errors else 200)


@require_POST
@link_required
def withdraw_return(request: CustomerRequest, number: int) -> HttpResponse:
    """Let the customer keep the goods after all, until they arrive here."""
    rma = get_object_or_404(request.order.returns, number=number)
    try:
        member = _member(request)
        fulfillment.cancel_return(rma=rma, cancelled_by=member, by_customer=member is None)
    except orders.MoveNotAllowed:
        messages.error(request, _("It can no longer be withdrawn. This is how far it is."))
    else:
        messages.success(request, _("It is withdrawn: you keep it."))
    return redirect("storefront:order", request.token)


@require_safe
@link_required
def show_document(request: CustomerRequest, label: str) -> HttpResponse:
    """Send the browser to the PDF at the store."""
    found = queries.document(request.order, label)
    if found is None:
        raise Http404
    file = found.document.file
    try:
        link = s3.download_link(file.key, name=file.name, content_type=file.content_type)
    except s3.StoreAway:
        messages.error(request, _("The document cannot be had at the moment. Try again later."))
        return redirect("storefront:order", request.token)
    return redirect(link)


def _member(request: CustomerRequest) -> User | None:
    """Who of the shop does it for the customer, if one of them is signed in."""
    return request.order.organization.members.filter(pk=request.user.pk).first()
