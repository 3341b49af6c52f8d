"""What happens to a placed order. Each verb is one transaction that records one event."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.events import operations as events
from apps.inventory import operations as inventory
from apps.orders import rules
from apps.orders.models import Order, OrderLine
from apps.orders.operations.locking import MoveNotAllowed, insist, locked


@transaction.atomic
def confirm_order(*, order: Order, confirmed_by: User | None) -> Order:
    """
    Accept an order: its stock is kept for as long as it takes.

    Raises MoveNotAllowed unless it is pending.
    """
    order = locked(order)
    insist(rules.may_confirm(order))
    return _confirm(order, confirmed_by)


@transaction.atomic
def cancel_order(*, order: Order, reason: str, cancelled_by: User | None) -> Order:
    """
    Stop an order because somebody asked, and give its stock back.

    Raises MoveNotAllowed once it is paid or something of it has been shipped.
    """
    order = locked(order)
    insist(rules.may_cancel(order))
    _stop(order, "cancel", reason)
    events.record(order, "order.cancelled", actor=cancelled_by, reason=reason)
    return order


@transaction.atomic
def expire_order(*, order: Order, now: datetime) -> Order:
    """
    Stop an order that nobody paid in time, and give its stock back.

    Raises MoveNotAllowed when it was paid or confirmed meanwhile, or its time was extended.
    """
    order = locked(order)
    insist(rules.may_expire(order))
    if not order.is_overdue(now):
        raise MoveNotAllowed(f"{order} still has time to be paid.")
    _stop(order, "expire", "Not paid in time.")
    events.record(order, "order.expired")
    return order


def expire_unpaid_orders(now: datetime) -> int:
    """Expire every order whose payment window has ended. Returns how many."""
    overdue = Order.objects.filter(status=Order.Status.PENDING, expires_at__lt=now, captured=0)
    expired = 0
    # One transaction an order: a sweep that dies halfway keeps what it did.
    for order in overdue.order_by("expires_at").iterator():
        try:
            expire_order(order=order, now=now)
        except MoveNotAllowed:
            continue  # Paid since we looked.
        expired += 1
    return expired


@transaction.atomic
def record_capture(*, order: Order, amount: int, actor: User | None, **about: str) -> Order:
    """
    Add money that arrived (minor units), and confirm the order it was waiting for.

    Called by payments, which wrote down where the money came from. Raises MoveNotAllowed when the
    order takes no money.
    """
    order = locked(order)
    insist(rules.may_pay(order))
    order.captured += amount
    order.payment_status = rules.payment_status(total=order.total, captured=order.captured)
    order.expires_at = None
    order.version += 1
    order.save(update_fields=["captured", "payment_status", "expires_at", "version"])
    _keep_stock(order)
    events.record(order, "order.paid", actor=actor, amount=amount, **about)
    if not rules.may_confirm(order) and order.balance <= 0:
        _confirm(order, actor)
    return complete_if_done(order)


@transaction.atomic
def record_shipment(
    *, order: Order, quantities: dict[int, int], actor: User | None, **about: object
) -> Order:
    """
    Add what left the house: units by line id. Called by fulfillment, which holds the order's row.

    Raises MoveNotAllowed unless the order is confirmed.
    """
    order = locked(order)
    insist(rules.may_ship(order))
    lines = list(order.lines.order_by("position"))
    for line in lines:
        line.shipped += quantities.get(line.pk, 0)
    OrderLine.objects.bulk_update(lines, ["shipped"])
    order.fulfillment_status = rules.fulfillment_status(lines)
    order.version += 1
    order.save(update_fields=["fulfillment_status", "version"])
    events.record(order, "order.shipped", actor=actor, **about)
    return complete_if_done(order)


def complete_if_done(order: Order) -> Order:
    """Complete an order that is shipped and paid. The caller holds its row."""
    done = (
        order.status == Order.Status.CONFIRMED
        and order.fulfillment_status == Order.FulfillmentStatus.FULFILLED
        and order.balance <= 0
    )
    if done:
        order.status = Order.MOVES[Order.Status.CONFIRMED, "complete"]
        order.version += 1
        order.save(update_fields=["status", "version"])
        events.record(order, "order.completed")
    return order


@transaction.atomic
def record_document(*, order: Order, type: str, actor: User | None, **about: object) -> Order:  # noqa: A002
    """Write an event of a document into the order's history, such as `order.invoiced`."""
    order = locked(order)
    order.version += 1
    order.save(update_fields=["version"])
    events.record(order, type, actor=actor, **about)
    return order


def _confirm(order: Order, confirmed_by: User | None) -> Order:
    order.status = Order.MOVES[Order.Status.PENDING, "confirm"]
    order.expires_at = None
    order.version += 1
    order.save(update_fields=["status", "expires_at", "version"])
    _keep_stock(order)
    events.record(order, "order.confirmed", actor=confirmed_by)
    return order


def _keep_stock(order: Order) -> None:
    inventory.keep(list(order.lines.values_list("pk", flat=True)))


def _stop(order: Order, command: str, reason: str) -> None:
    order.status = Order.MOVES[Order.Status(order.status), command]
    if command == "cancel":
        order.expires_at = None
    order.closed_reason = reason
    order.version += 1
    order.save(update_fields=["status", "expires_at", "closed_reason", "version"])
    inventory.release(list(order.lines.values_list("pk", flat=True)))
