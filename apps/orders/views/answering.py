"""How every door of an order answers, in this app and in those above it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from apps.accounts.access import MemberRequest
from apps.core.errors import Refusal
from apps.orders.operations import StaleOrder
from apps.orders.views.reading import order_page


def answer(
    request: MemberRequest,
    number: int,
    act: Callable[[], str],
    form: Any = None,
    **shown: Any,
) -> HttpResponse:
    """
    Act if what was typed is valid, and say on the page of the order how it went.

    `act` returns what to say when it is done. `shown` is what the page needs to show the form
    again, with what was typed; what was refused is said beside it.
    """
    if form is None or form.is_valid():
        try:
            said = act()
        except StaleOrder as refusal:
            return order_page(request, number, refusal=refusal, **shown)
        except Refusal as refusal:
            if form is None:
                return order_page(request, number, refusal=refusal)
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, said)
            return redirect("orders:order", request.organization.slug, number)
    return order_page(request, number, **shown)
