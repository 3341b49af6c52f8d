"""How every door of an order answers, in this app and in those above it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest
from apps.core.errors import Refusal
from apps.core.views import typed
from apps.orders.models import Order
from apps.orders.operations import AlreadyDone, StaleOrder
from apps.orders.views.reading import order_page


def seen(request: MemberRequest, number: int) -> Order:
    """
    Return the order as whoever sends a form knows it: at the version that its page showed, if the
    form says so, and named by the form's key, so that the same form sent twice is done once.
    """
    order = get_object_or_404(
        request.organization.orders.select_related("organization"), number=number
    )
    version = typed(request, "version")
    order.expected_version = int(version) if version.isdecimal() and len(version) < 10 else None
    order.sent_as = typed(request, "key")[:64]
    return order


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
    messages.success(request, said)
    return redirect("orders:order", request.organization.slug, number)


def with_undo(said: str, door: str, *fields: tuple[str, str]) -> SafeString:
    """Say what was done, with a button that takes it back: it sends `fields` to that door."""
    # The form itself is on the page of the order: a toast holds words, and a form is none.
    hidden = format_html_join("", '<input type="hidden" form="undo" name="{}" value="{}">', fields)
    button = '{} {}<button class="link-button" form="undo" formaction="{}">{}</button>'
    return format_html(button, said, hidden, door, _("Undo"))
