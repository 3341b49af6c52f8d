from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.accounts.access import MemberRequest, member_required
from apps.core.errors import Refusal
from apps.events.models import Event
from apps.orders import queries, rules
from apps.orders.forms import CancellationForm, HoldForm, NoteForm
from apps.orders.models import Order
from apps.orders.operations import StaleOrder


@require_safe
@member_required
def show_order(request: MemberRequest, number: int) -> HttpResponse:
    return order_page(request, number)


def order_page(
    request: MemberRequest, number: int, *, refusal: Refusal | None = None, **refused: Any
) -> HttpResponse:
    """
    Show an order. A form that was refused comes back with what was typed, under its name.

    Doors of payments and fulfillment answer with this page too.
    """
    order = get_object_or_404(queries.order_in_full(request.organization, number))
    history = list(queries.history(order))
    is_stale = isinstance(refusal, StaleOrder)
    page = {
        "order": order,
        "discount": sum(line.discount for line in order.lines.all()),
        "history": history,
        "changed_by": (history[-1].actor or "somebody else") if is_stale and history else None,
        "actions": {action.name: action for action in rules.actions(order)},
        "next_action": rules.next_action(order),
        "holds": _holds(order, history),
        "cancellation_form": CancellationForm(),
        "hold_form": HoldForm(),
        "note_form": NoteForm(),
        "refusal": refusal,
        **refused,
    }
    status = 409 if is_stale else 422 if refused or refusal else 200
    return render(request, "orders/order.html", page, status=status)


def _holds(order: Order, history: Sequence[Event]) -> list[Event]:
    """Return what put each of its active holds on the order."""
    placed = {one.data["kind"]: one for one in history if one.type == "order.held"}
    return [placed[kind] for kind in order.hold_kinds if kind in placed]
