"""
What the apps above did to an order: money, parcels, returns, documents.

They hold its row already and have written down the details; here it becomes part of the order.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.inventory.operations import OutOfStock
from apps.orders import rules
from apps.orders.models import Order, OrderLine
from apps.orders.operations.locking import happened, insist, lock_order
from apps.orders.operations.moving import complete_if_done, confirm, revive

# What an event says of which nobody here was the actor, but the customer.
BY_CUSTOMER: dict[str, Any] = {"by": "customer"}
MONEY = ("authorized", "captured", "refunded", "payment_status", "expires_at")


@transaction.atomic
def record_money(
    *,
    order: Order,
    event: str,
    authorized: int = 0,
    captured: int = 0,
    refunded: int = 0,
    actor: User | None,
    **about: object,
) -> Order:
    """
    Add money that moved, in minor units: changes of what is held, captured and refunded.

    Nothing is refused, because the money has moved already. A pending order whose money is here
    confirms itself; an expired one is revived if its stock can still be had. Where the order has
    no use for the money, `order.money_unwanted` is recorded, and payments returns it.
    """
    order = lock_order(order)
    order.authorized += authorized
    order.captured += captured
    order.refunded += refunded
    order.payment_status = rules.payment_status(order)
    if order.status == Order.Status.PENDING:
        # Whoever has paid something does not run out of time, but a released hold is no payment.
        waits = not order.kept and not order.authorized
        window = order.organization.payment_window
        order.expires_at = (order.expires_at or timezone.now() + window) if waits else None
    about.setdefault("amount", captured or refunded or authorized)
    # What a card brings is the customer's deed; what it held before is taken by the shop.
    is_new = authorized + captured > 0
    by = BY_CUSTOMER if actor is None and is_new and about.get("method") == "card" else {}
    happened(order, event, *MONEY, actor=actor, **about, **by)
    if order.is_void and (authorized > 0 or captured > 0):
        _money_for_a_void_order(order)
    _celebrate(order, actor, by)
    return complete_if_done(order)


def _money_for_a_void_order(order: Order) -> None:
    try:
        if order.status == Order.Status.EXPIRED and order.kept + order.authorized >= order.total:
            with transaction.atomic():
                revive(order, None)
            return
    except OutOfStock:
        pass
    happened(order, "order.money_unwanted")


def _celebrate(order: Order, actor: User | None, by: Mapping[str, Any]) -> None:
    if order.is_void:
        return
    if order.paid_at is None and order.captured and order.balance <= 0:
        order.paid_at = timezone.now()
        happened(order, "order.paid", "paid_at", actor=actor, amount=order.kept, **by)
    if rules.is_covered(order) and not rules.may_confirm(order):
        confirm(order, actor)


@transaction.atomic
def record_picking(
    *, order: Order, units: Mapping[int, int], event: str, actor: User | None, **about: object
) -> Order:
    """
    Put units (by line id) on a pick list, or with negative numbers take them off it.

    Raises MoveNotAllowed when units are added to an order that cannot be shipped.
    """
    order = lock_order(order)
    if any(count > 0 for count in units.values()):
        insist(rules.may_pick(order))
    _add(order, picking=units)
    happened(order, event, actor=actor, **about)
    return order


@transaction.atomic
def record_shipment(
    *, order: Order, units: Mapping[int, int], actor: User | None, **about: object
) -> Order:
    """
    Turn picked units (by line id) into shipped ones.

    Raises MoveNotAllowed unless the order is confirmed and nothing holds it.
    """
    order = lock_order(order)
    insist(rules.may_ship(order))
    off_the_list = {line_id: -count for line_id, count in units.items()}
    lines = _add(order, picking=off_the_list, shipped=units)
    order.fulfillment_status = rules.fulfillment_status(lines)
    happened(order, "order.shipped", "fulfillment_status", actor=actor, **about)
    return complete_if_done(order)


@transaction.atomic
def record_return(
    *,
    order: Order,
    event: str,
    returning: Mapping[int, int] | None = None,
    returned: Mapping[int, int] | None = None,
    return_status: Order.ReturnStatus,
    actor: User | None,
    **about: object,
) -> Order:
    """
    Add units (by line id) that are announced to come back, and such that came.

    Raises MoveNotAllowed when units are announced of an order that has none out.
    """
    order = lock_order(order)
    returning, returned = returning or {}, returned or {}
    if any(count > 0 for count in returning.values()):
        insist(rules.may_return(order))
    _add(order, returning=returning, returned=returned)
    order.return_status = return_status
    happened(order, event, "return_status", actor=actor, **about)
    return order


@transaction.atomic
def record_document(*, order: Order, type: str, actor: User | None, **about: object) -> Order:  # noqa: A002
    """Write an event of a document into the order's history, such as `order.invoiced`."""
    order = lock_order(order)
    happened(order, type, actor=actor, **about)
    return order


def _add(order: Order, **counters: Mapping[int, int]) -> list[OrderLine]:
    """Add to counters of the lines: the CHECKs of the table say what can be."""
    lines = list(order.lines.order_by("position"))
    for line in lines:
        for counter, changes in counters.items():
            setattr(line, counter, getattr(line, counter) + changes.get(line.pk, 0))
    OrderLine.objects.bulk_update(lines, list(counters))
    return lines
