"""
What may be done to an order, and how far it is: pure functions of its row.

Page, API and operations ask the same guards, so they cannot disagree.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.orders.models import Order, OrderHold, OrderLine


class Action(NamedTuple):
    """Something a person may want to do to an order. `reason` says why it cannot be done now."""

    name: str
    reason: str

    @property
    def allowed(self) -> bool:
        return not self.reason


# Whole sentences: a status that is a noun in one language is an adjective in another.
IS = {
    Order.Status.DRAFT: gettext_lazy("%(order)s is draft."),
    Order.Status.PENDING: gettext_lazy("%(order)s is pending."),
    Order.Status.CONFIRMED: gettext_lazy("%(order)s is confirmed."),
    Order.Status.COMPLETED: gettext_lazy("%(order)s is completed."),
    Order.Status.CANCELLED: gettext_lazy("%(order)s is cancelled."),
    Order.Status.EXPIRED: gettext_lazy("%(order)s is expired."),
}


KINDS = {
    OrderHold.Kind.RISK: gettext_lazy("risk"),
    OrderHold.Kind.MANUAL: gettext_lazy("manual"),
    OrderHold.Kind.ADDRESS: gettext_lazy("address"),
}


def spoken(hold_kinds: Iterable[str]) -> str:
    """Name kinds of holds inside a sentence."""
    return ", ".join(str(KINDS[OrderHold.Kind(kind)]) for kind in hold_kinds)


def _as_it_is(order: Order) -> str:
    return str(IS[Order.Status(order.status)] % {"order": order})


def _by_moves(order: Order, command: str) -> str:
    if (Order.Status(order.status), command) in Order.MOVES:
        return ""
    return _as_it_is(order)


def may_place(order: Order) -> str:
    return _by_moves(order, "place")


def may_confirm(order: Order) -> str:
    if OrderHold.Kind.RISK in order.hold_kinds:
        return _("It is held because of a risk.")
    return _by_moves(order, "confirm")


def may_edit(order: Order) -> str:
    return _by_moves(order, "edit")


def may_cancel(order: Order) -> str:
    if order.fulfillment_status != Order.FulfillmentStatus.UNFULFILLED:
        return _("Some of it has been shipped.")
    return _by_moves(order, "cancel")


def may_expire(order: Order) -> str:
    if order.captured or order.authorized:
        return _("It has been paid.")
    return _by_moves(order, "expire")


def may_revive(order: Order) -> str:
    return _by_moves(order, "revive")


def may_pay(order: Order) -> str:
    if order.status not in {Order.Status.PENDING, Order.Status.CONFIRMED, Order.Status.COMPLETED}:
        return _as_it_is(order)
    return "" if order.balance > 0 else _("It is paid in full.")


def may_refund(order: Order) -> str:
    return "" if order.kept > 0 else _("There is no money of the customer to return.")


def may_pick(order: Order) -> str:
    if order.status != Order.Status.CONFIRMED:
        return _("Only confirmed orders are shipped. %(state)s") % {"state": _as_it_is(order)}
    if order.fulfillment_status == Order.FulfillmentStatus.FULFILLED:
        return _("Everything has been shipped.")
    return ""


def may_ship(order: Order) -> str:
    if order.hold_kinds:
        return _("It is on hold (%(kinds)s).") % {"kinds": spoken(order.hold_kinds)}
    return may_pick(order)


def may_return(order: Order) -> str:
    if order.status not in {Order.Status.CONFIRMED, Order.Status.COMPLETED}:
        return _as_it_is(order)
    if order.fulfillment_status == Order.FulfillmentStatus.UNFULFILLED:
        return _("Nothing of it has been shipped.")
    return "" if order.return_status != Order.ReturnStatus.RETURNED else _("All of it came back.")


def may_hold(order: Order) -> str:
    if order.status not in {Order.Status.PENDING, Order.Status.CONFIRMED}:
        return _as_it_is(order)
    return ""


GUARDS: dict[str, Callable[[Order], str]] = {
    "place": may_place,
    "confirm": may_confirm,
    "edit": may_edit,
    "hold": may_hold,
    "pay": may_pay,
    "pick": may_pick,
    "ship": may_ship,
    "return": may_return,
    "refund": may_refund,
    "cancel": may_cancel,
    "revive": may_revive,
}


def actions(order: Order) -> list[Action]:
    """Every action with the reason that stands in its way, if one does."""
    return [Action(name, guard(order)) for name, guard in GUARDS.items()]


def next_action(order: Order) -> str:
    """
    Return the one thing that brings the order further, or nothing when it waits or is done.

    `release` a hold, `answer` a return, `refund`, one of the actions, or `receive` a return.
    """
    if order.hold_kinds and not order.is_void:
        return "release"
    if order.return_status == Order.ReturnStatus.REQUESTED:
        return "answer"
    if order.owed_back:
        return "refund"
    allowed = allowed_actions(order)
    following = next((name for name in ("place", "ship", "pay", "confirm") if name in allowed), "")
    is_coming_back = order.return_status == Order.ReturnStatus.IN_PROGRESS
    return following or ("receive" if is_coming_back else "")


def allowed_actions(order: Order) -> list[str]:
    return [action.name for action in actions(order) if action.allowed]


def payment_status(order: Order) -> Order.PaymentStatus:
    status = Order.PaymentStatus
    if not order.captured:
        if order.authorized:
            return status.AUTHORIZED
        return status.UNPAID if order.due or order.is_void else status.PAID
    if not order.kept:
        return status.REFUNDED
    if order.balance < 0:
        return status.OVERPAID
    if order.balance > 0:
        return status.PARTIALLY_PAID
    return status.PARTIALLY_REFUNDED if order.refunded else status.PAID


def fulfillment_status(lines: Iterable[OrderLine]) -> Order.FulfillmentStatus:
    wanted = [line for line in lines if line.wanted]
    if not any(line.shipped for line in wanted):
        return Order.FulfillmentStatus.UNFULFILLED
    if all(line.shipped == line.wanted for line in wanted):
        return Order.FulfillmentStatus.FULFILLED
    return Order.FulfillmentStatus.PARTIALLY_FULFILLED


def is_done(order: Order) -> bool:
    """Say whether nothing is left to do: all of it shipped, and nobody owes anything."""
    return (
        order.status == Order.Status.CONFIRMED
        and order.fulfillment_status == Order.FulfillmentStatus.FULFILLED
        and order.balance == 0
    )


def is_covered(order: Order) -> bool:
    """Say whether the money is here, or held by a provider for us to take."""
    return order.balance <= order.authorized
