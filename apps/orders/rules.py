"""
What may be done to an order, and how far it is: pure functions of its row.

Page, API and operations ask the same guards, so they cannot disagree.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from apps.orders.models import Order, OrderLine


class Action(NamedTuple):
    """Something a person may want to do to an order. `reason` says why it cannot be done now."""

    name: str
    reason: str

    @property
    def allowed(self) -> bool:
        return not self.reason


def _by_moves(order: Order, command: str) -> str:
    if (Order.Status(order.status), command) in Order.MOVES:
        return ""
    return f"{order} is {order.get_status_display().lower()}."


def may_place(order: Order) -> str:
    return _by_moves(order, "place")


def may_confirm(order: Order) -> str:
    return _by_moves(order, "confirm")


def may_cancel(order: Order) -> str:
    if order.fulfillment_status != Order.FulfillmentStatus.UNFULFILLED:
        return "Some of it has been shipped."
    if order.captured:
        return "It has been paid, and the money must be returned first."
    return _by_moves(order, "cancel")


def may_expire(order: Order) -> str:
    return "It has been paid." if order.captured else _by_moves(order, "expire")


def may_pay(order: Order) -> str:
    if order.status not in {Order.Status.PENDING, Order.Status.CONFIRMED}:
        return f"{order} is {order.get_status_display().lower()}."
    return "" if order.balance > 0 else "It is paid in full."


def may_ship(order: Order) -> str:
    if order.status != Order.Status.CONFIRMED:
        return (
            f"Only confirmed orders are shipped; {order} is {order.get_status_display().lower()}."
        )
    if order.fulfillment_status == Order.FulfillmentStatus.FULFILLED:
        return "Everything has been shipped."
    return ""


GUARDS: dict[str, Callable[[Order], str]] = {
    "place": may_place,
    "confirm": may_confirm,
    "pay": may_pay,
    "ship": may_ship,
    "cancel": may_cancel,
}


def actions(order: Order) -> list[Action]:
    """Every action with the reason that stands in its way, if one does."""
    return [Action(name, guard(order)) for name, guard in GUARDS.items()]


def next_action(order: Order) -> str:
    """Return the one action that brings the order further, or nothing when it has to wait."""
    allowed = allowed_actions(order)
    return next((name for name in ("place", "ship", "pay", "confirm") if name in allowed), "")


def allowed_actions(order: Order) -> list[str]:
    return [action.name for action in actions(order) if action.allowed]


def payment_status(*, total: int, captured: int) -> Order.PaymentStatus:
    if captured > total:
        return Order.PaymentStatus.OVERPAID
    if captured == total:
        return Order.PaymentStatus.PAID
    return Order.PaymentStatus.PARTIALLY_PAID if captured else Order.PaymentStatus.UNPAID


def fulfillment_status(lines: Iterable[OrderLine]) -> Order.FulfillmentStatus:
    lines = list(lines)
    if all(line.shipped == line.quantity for line in lines):
        return Order.FulfillmentStatus.FULFILLED
    if any(line.shipped for line in lines):
        return Order.FulfillmentStatus.PARTIALLY_FULFILLED
    return Order.FulfillmentStatus.UNFULFILLED
