"""From placed to completed, cancelled or expired. Each verb is one transaction."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.accounts.models import User
from apps.inventory import operations as inventory
from apps.orders import rules
from apps.orders.models import Order
from apps.orders.operations.locking import MoveNotAllowed, happened, insist, lock_order
from apps.orders.operations.stock import reserve


@transaction.atomic
def confirm_order(*, order: Order, confirmed_by: User | None) -> Order:
    """
    Accept an order: its stock is kept for as long as it takes.

    Raises MoveNotAllowed unless it is pending and no risk holds it.
    """
    order = lock_order(order)
    insist(rules.may_confirm(order))
    confirm(order, confirmed_by)
    return complete_if_done(order)


@transaction.atomic
def cancel_order(*, order: Order, reason: str, cancelled_by: User | None) -> Order:
    """
    Stop an order because somebody asked, and give its stock back. Its money goes back after it.

    Raises MoveNotAllowed once something of it has been shipped or is being picked.
    """
    order = lock_order(order)
    insist(rules.may_cancel(order))
    if order.lines.filter(picking__gt=0).exists():
        raise MoveNotAllowed(_("It is on a pick list. Cancel that first."))
    _stop(order, "cancel", reason)
    order.expires_at = None
    happened(order, "order.cancelled", *STOPPED, actor=cancelled_by, reason=reason)
    return order


@transaction.atomic
def expire_order(*, order: Order, now: datetime) -> Order:
    """
    Stop an order that nobody paid in time, and give its stock back.

    Raises MoveNotAllowed when it was paid or confirmed meanwhile, or its time was extended.
    """
    order = lock_order(order)
    insist(rules.may_expire(order))
    if order.expires_at is None or order.expires_at >= now:
        raise MoveNotAllowed(_("%(order)s still has time to be paid.") % {"order": order})
    _stop(order, "expire", gettext_noop("Not paid in time."))
    happened(order, "order.expired", *STOPPED)
    return order


def expire_unpaid_orders(now: datetime) -> int:
    """Expire every order whose payment window has ended. Returns how many."""
    overdue = Order.objects.filter(
        status=Order.Status.PENDING, expires_at__lt=now, captured=0, authorized=0
    )
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
def revive_order(*, order: Order, revived_by: User | None) -> Order:
    """
    Give an expired order another payment window, if its stock can be had once more.

    Raises MoveNotAllowed unless it is expired, or OutOfStock naming each short SKU.
    """
    order = lock_order(order)
    insist(rules.may_revive(order))
    revive(order, revived_by)
    return order


def revive(order: Order, revived_by: User | None) -> None:
    """Bring a locked, expired order back. Raises OutOfStock, and then has changed nothing."""
    lines = list(order.lines.select_related("variant").order_by("position"))
    reserve(order, lines)
    order.status = Order.MOVES[Order.Status.EXPIRED, "revive"]
    order.expires_at = timezone.now() + order.organization.payment_window
    order.closed_reason = ""
    order.payment_status = rules.payment_status(order)
    happened(order, "order.revived", *STOPPED, actor=revived_by)


def confirm(order: Order, confirmed_by: User | None) -> None:
    """Confirm a locked order whose guard has been asked."""
    order.status = Order.MOVES[Order.Status.PENDING, "confirm"]
    order.expires_at = None
    happened(order, "order.confirmed", "status", "expires_at", actor=confirmed_by)


def complete_if_done(order: Order) -> Order:
    """Complete a locked order that is shipped and paid."""
    if rules.is_done(order):
        order.status = Order.MOVES[Order.Status.CONFIRMED, "complete"]
        happened(order, "order.completed", "status")
    return order


STOPPED = ("status", "expires_at", "closed_reason", "payment_status")


def _stop(order: Order, command: str, reason: str) -> None:
    order.status = Order.MOVES[Order.Status(order.status), command]
    order.closed_reason = reason
    order.payment_status = rules.payment_status(order)
    inventory.release(list(order.lines.values_list("pk", flat=True)))
