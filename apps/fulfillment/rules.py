"""What may be done to a parcel or a return, and how far the returns of an order are."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from apps.fulfillment.models import Fulfillment, Return, ReturnLine
from apps.orders.models import Order, OrderLine


def may_move(one: Fulfillment | Return, command: str) -> str:
    """Return what stands in the way of a command, or nothing."""
    if command in commands(one):
        return ""
    status = one.get_status_display().lower()
    return _("%(what)s is %(status)s.") % {"what": one, "status": status}


def commands(one: Fulfillment | Return) -> list[str]:
    """Return what may be done to it now."""
    return [command for status, command in one.MOVES if status == one.status]


def proposed_disposition(rma: Return) -> ReturnLine.Disposition:
    """Say what will become of goods that come, going by what their customer said of them."""
    if rma.cause in {Return.Cause.DAMAGED, Return.Cause.FAULTY}:
        return ReturnLine.Disposition.DAMAGED
    return ReturnLine.Disposition.RESTOCK


def return_status(lines: Iterable[OrderLine], open_returns: Iterable[str]) -> Order.ReturnStatus:
    """Say how far the returns are: `open_returns` are the statuses of those not ended."""
    waiting = set(open_returns)
    if waiting & {Return.Status.APPROVED, Return.Status.RECEIVED}:
        return Order.ReturnStatus.IN_PROGRESS
    if Return.Status.REQUESTED in waiting:
        return Order.ReturnStatus.REQUESTED
    wanted = [line for line in lines if line.wanted]
    if wanted and all(line.returned == line.wanted for line in wanted):
        return Order.ReturnStatus.RETURNED
    return Order.ReturnStatus.NONE
