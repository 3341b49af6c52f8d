from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from apps.accounts.access import MemberRequest
from apps.core.errors import Refusal
from apps.orders.views import order_page


def answer(
    request: MemberRequest,
    number: int,
    act: Callable[[], str],
    form: Any = None,
    **shown: Any,
) -> HttpResponse:
    """
    Act if what was typed is valid, and say on the page of the order how it went.

    `shown` is what the page needs to show the form again, with what was typed.
    """
    if form is None or form.is_valid():
        try:
            said = act()
        except Refusal as refusal:
            if form is None:
                return order_page(request, number, refusal=refusal)
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, said)
            return redirect("orders:order", request.organization.slug, number)
    return order_page(request, number, **shown)
