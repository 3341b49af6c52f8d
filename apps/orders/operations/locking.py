"""How a verb gets hold of its order: lock the row, then ask the guard."""

from apps.core.errors import Refusal
from apps.orders.models import Order


class MoveNotAllowed(Refusal):
    pass


def locked(order: Order) -> Order:
    """Return the order as it is now, its row held until the transaction ends."""
    return (
        Order.objects.select_for_update(of=("self",), no_key=True)
        .select_related("organization")
        .get(pk=order.pk)
    )


def insist(reason: str) -> None:
    """Raise MoveNotAllowed with the reason a guard gave, if it gave one."""
    if reason:
        raise MoveNotAllowed(reason)
