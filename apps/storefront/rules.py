"""How far an order is, as its customer would say it: pure functions of its rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from apps.fulfillment.models import Fulfillment, Return
from apps.orders.models import Order, OrderLine


class Step(NamedTuple):
    """A station of an order. `share` is "all", "some" or "none" of what was ordered."""

    name: str
    share: str
    moment: datetime | None = None
    is_next: bool = False


def progress(
    order: Order, lines: Sequence[OrderLine], parcels: Sequence[Fulfillment]
) -> list[Step]:
    """
    Return the five stations from the order to the door, the first unfinished one marked.

    `parcels` are those that were sent.
    """
    steps = [
        Step(_("Ordered"), "all", order.placed_at),
        _paid(order),
        Step(_("Packed"), _share(sum(one.shipped + one.picking for one in lines), lines)),
        _sent(lines, parcels),
        _arrived(lines, parcels),
    ]
    first = next((index for index, step in enumerate(steps) if step.share != "all"), None)
    return [step._replace(is_next=index == first) for index, step in enumerate(steps)]


def _paid(order: Order) -> Step:
    if order.balance <= 0:
        return Step(_("Paid"), "all", order.paid_at)
    if order.authorized >= order.balance:
        return Step(_("Amount reserved"), "all")
    return Step(_("Paid"), "some" if order.kept > 0 else "none")


def _sent(lines: Sequence[OrderLine], parcels: Sequence[Fulfillment]) -> Step:
    share = _share(sum(one.shipped for one in lines), lines)
    moments = [one.shipped_at for one in parcels if one.shipped_at]
    return Step(_("On its way"), share, max(moments, default=None))


def _arrived(lines: Sequence[OrderLine], parcels: Sequence[Fulfillment]) -> Step:
    moments = [one.delivered_at for one in parcels if one.delivered_at]
    if not moments:
        return Step(_("Arrived"), "none")
    everything = _share(sum(one.shipped for one in lines), lines) == "all"
    all_there = all(one.delivered_at for one in parcels)
    return Step(_("Arrived"), "all" if everything and all_there else "some", max(moments))


def _share(units: int, lines: Sequence[OrderLine]) -> str:
    if not units:
        return "none"
    return "all" if units >= sum(one.wanted for one in lines) else "some"


def headline(
    order: Order,
    steps: Sequence[Step],
    parcels: Sequence[Fulfillment],
    returns: Sequence[Return],
) -> str:
    """
    Say in a sentence where an order is, or what comes back of it.

    A return that is under way comes first; one that has ended, until a parcel moves after it.
    """
    if order.status == Order.Status.CANCELLED:
        return _("This order is cancelled.")
    if order.status == Order.Status.EXPIRED:
        return _("This order has expired because it was not paid in time.")
    latest = max(returns, key=lambda one: (_is_under_way(one), _moved_at(one)), default=None)
    if latest and (_is_under_way(latest) or _is_the_last_to_move(latest, parcels)):
        return _coming_back(latest)
    if order.return_status == Order.ReturnStatus.RETURNED:
        return _("Everything has come back to us.")
    return _on_the_way(order, steps) or _at_the_shop(order, steps)


def _is_under_way(rma: Return) -> bool:
    return rma.status in {Return.Status.REQUESTED, Return.Status.APPROVED, Return.Status.RECEIVED}


def _moved_at(rma: Return) -> datetime:
    return rma.closed_at or rma.received_at or rma.decided_at or rma.created_at


def _is_the_last_to_move(rma: Return, parcels: Sequence[Fulfillment]) -> bool:
    moments = (one.delivered_at or one.shipped_at for one in parcels)
    return all(moment < _moved_at(rma) for moment in moments if moment)


def _coming_back(rma: Return) -> str:
    if rma.status == Return.Status.CLOSED:
        return {
            "refund": _("Your return is done: what it cost is credited to you."),
            "exchange": _("Your return is done: we send it to you again."),
            "none": _("Your return is done."),
        }[rma.resolution]
    return {
        "requested": _("We are looking at your return request."),
        "approved": _("You may send your return to us."),
        "declined": _("We cannot accept your return."),
        "received": _("Your return has arrived. We are checking it."),
    }[rma.status]


def _on_the_way(order: Order, steps: Sequence[Step]) -> str:
    _ordered, _is_paid, _packed, sent, arrived = steps
    if arrived.share == "all":
        return _("Your order has arrived.")
    if sent.share == "all":
        return _("Your order is on its way to you.")
    if sent.share == "some":
        return _("A part of your order is on its way to you.")
    return ""


def _at_the_shop(order: Order, steps: Sequence[Step]) -> str:
    _ordered, paid, packed, _is_sent, _has_arrived = steps
    if packed.share != "none":
        return _("Your order is being packed.")
    if order.status == Order.Status.PENDING and paid.share != "all":
        return _("We have your order and wait for your payment.")
    return _("We have your order and will pack it soon.")
