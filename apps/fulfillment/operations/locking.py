"""How a verb gets hold of a parcel or a return: the order's row first, then its own."""

from apps.fulfillment import rules
from apps.fulfillment.models import Fulfillment, Return
from apps.orders import operations as orders
from apps.orders.operations.locking import insist


def lock_fulfillment(fulfillment: Fulfillment, command: str) -> Fulfillment:
    """
    Return the parcel as it is now, after the command, with its order; both rows are held.

    Raises orders.MoveNotAllowed, or orders.StaleOrder.
    """
    order = orders.lock_order(fulfillment.order)
    now = Fulfillment.objects.select_for_update(no_key=True).get(pk=fulfillment.pk)
    now.order = order
    insist(rules.may_move(now, command))
    now.status = Fulfillment.MOVES[Fulfillment.Status(now.status), command]
    return now


def lock_open(fulfillment: Fulfillment) -> Fulfillment:
    """
    Return a pick list as it is now, with its order; both rows are held.

    Raises orders.MoveNotAllowed once it is shipped or given up, or orders.StaleOrder.
    """
    order = orders.lock_order(fulfillment.order)
    now = Fulfillment.objects.select_for_update(no_key=True).get(pk=fulfillment.pk)
    now.order = order
    if now.status != Fulfillment.Status.OPEN:
        raise orders.MoveNotAllowed(rules.may_move(now, "ship"))
    return now


def lock_return(rma: Return, command: str) -> Return:
    """
    Return the return as it is now, after the command, with its order; both rows are held.

    Raises orders.MoveNotAllowed, or orders.StaleOrder.
    """
    order = orders.lock_order(rma.order)
    now = Return.objects.select_for_update(no_key=True).get(pk=rma.pk)
    now.order = order
    insist(rules.may_move(now, command))
    now.status = Return.MOVES[Return.Status(now.status), command]
    return now
