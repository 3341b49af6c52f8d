"""How every door of an order answers, in this app and in those above it."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest
from apps.core.errors import Refusal
from apps.core.views import typed
from apps.orders.models import Order
from apps.orders.operations import AlreadyDone, StaleOrder
from apps.orders.views.reading import order_page, seen_version


class Said(NamedTuple):
    """What to say of a deed, and the door that takes it back, with what to send there behind it."""

    text: str
    undo: str


def sent(request: MemberRequest) -> QueryDict:
    """Return what was typed, or what stands behind the door that a toast takes a deed back by."""
    data = request.GET.copy()
    data.update(request.POST)
    return data


def seen(request: MemberRequest, number: int) -> Order:
    """
    Return the order as whoever sends a form knows it: at the version that its page showed, if the
    form says so, and named by the form's key, so that the same form sent twice is done once.
    """
    order = get_object_or_404(
        request.organization.orders.select_related("organization"), number=number
    )
    order.expected_version = seen_version(request)
    order.sent_as = typed(request, "key")[:64]
    return order


def answer(
    request: MemberRequest,
    number: int,
    act: Callable[[], str | Said],
    form: Any = None,
    **shown: Any,
) -> HttpResponse:
    """
    Act if what was typed is valid, and say on the page of the order how it went.

    `act` returns what to say when it is done, and may offer to take it back. `shown` is what the
    page needs to show the form again, with what was typed; what was refused is said beside it.
    """
    if form is not None and not form.is_valid():
        return order_page(request, number, **shown)
    try:
        said = act()
    except AlreadyDone:
        said = _("That has been done already.")
    except StaleOrder as refusal:
        return order_page(request, number, refusal=refusal, **shown)
    except Refusal as refusal:
        if form is None:
            return order_page(request, number, refusal=refusal)
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return order_page(request, number, **shown)
    text, undo = said if isinstance(said, Said) else (said, "")
    messages.success(request, text, extra_tags=undo)
    return redirect("orders:order", request.organization.slug, number)
