from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from apps.accounts.access import MemberRequest, member_required
from apps.core.errors import Refusal
from apps.core.views import typed
from apps.events.models import Event
from apps.orders import queries, rules
from apps.orders.forms import CancellationForm, HoldForm, NoteForm
from apps.orders.operations import StaleOrder


@require_safe
@member_required
def show_order(request: MemberRequest, number: int) -> HttpResponse:
    return order_page(request, number)


@require_safe
@member_required
def show_changes(request: MemberRequest, number: int) -> HttpResponse:
    """
    Answer 204 while what a page has seen of an order is all there is, and its page otherwise.

    Asked every few seconds by each page that is open: two statements, beside those of the gate.
    """
    order = get_object_or_404(request.organization.orders, number=number)
    now = render_to_string("orders/_seen.html", {"order": order}).strip()
    if typed(request, "seen") == now:
        return HttpResponse(status=204)
    return order_page(request, number)


@require_safe
@member_required
def show_history(request: MemberRequest, number: int) -> HttpResponse:
    """All that happened to an order, newest first, a page at a time."""
    order = get_object_or_404(request.organization.orders, number=number)
    before = typed(request, "before")
    events = queries.latest_history(
        order,
        before=int(before) if before.isdecimal() and len(before) < 10 else None,
        at_most=queries.EVENTS_A_PAGE + 1,
    )
    shown = events[: queries.EVENTS_A_PAGE]
    page = {
        "order": order,
        "events": shown,
        "older_than": shown[-1].sequence if len(events) > len(shown) else None,
    }
    return render(request, "orders/history.html", page)


def order_page(
    request: MemberRequest, number: int, *, refusal: Refusal | None = None, **refused: Any
) -> HttpResponse:
    """
    Show an order. A form that was refused comes back with what was typed, under its name.

    Doors of payments and fulfillment answer with this page too.
    """
    order = get_object_or_404(queries.order_in_full(request.organization, number))
    events = queries.latest_history(order, at_most=queries.EVENTS_AT_FIRST + 1)
    is_stale = isinstance(refusal, StaleOrder)
    page = {
        "order": order,
        "discount": sum(line.discount for line in order.lines.all()),
        "events": events[: queries.EVENTS_AT_FIRST],
        "has_older": len(events) > queries.EVENTS_AT_FIRST,
        "changes": changes_since(request, events) if is_stale else [],
        "actions": {action.name: action for action in rules.actions(order)},
        "next_action": rules.next_action(order),
        "holds": queries.active_holds(order),
        "beside": queries.beside(order),
        "cancellation_form": CancellationForm(),
        "hold_form": HoldForm(),
        "note_form": NoteForm(),
        "refusal": refusal,
        **refused,
    }
    status = 409 if is_stale else 422 if refused or refusal else 200
    return render(request, "orders/order.html", page, status=status)


def changes_since(request: MemberRequest, events: Sequence[Event]) -> list[Event]:
    """Return those that came after the version that was sent along: why it was refused as stale."""
    seen = seen_version(request) or 0
    return [event for event in events if event.sequence > seen][:5]


def seen_version(request: MemberRequest) -> int | None:
    """Return the version of an order that the page showed on which a form was filled in."""
    version = typed(request, "version")
    return int(version) if version.isdecimal() and len(version) < 10 else None
