"""Money. For now it arrives by hand: somebody saw it on the bank statement."""

from django.db import transaction

from apps.accounts.models import User
from apps.orders import operations as orders
from apps.orders import rules
from apps.orders.models import Order
from apps.payments.models import Payment


@transaction.atomic
def mark_as_paid(
    *, order: Order, method: Payment.Method, reference: str = "", marked_by: User | None
) -> Payment:
    """
    Record that the rest of what an order costs has arrived. A pending order confirms itself.

    Raises orders.MoveNotAllowed when the order takes no money, or is paid already.
    """
    # The order's row first, as everywhere; what is owed is read under its lock.
    order = orders.lock_order(order)
    if reason := rules.may_pay(order):
        raise orders.MoveNotAllowed(reason)
    due = order.balance
    order = orders.record_money(
        order=order, event="order.captured", captured=due, actor=marked_by, method=method
    )
    return Payment.objects.create(
        organization=order.organization,
        order=order,
        method=method,
        captured=due,
        reference=reference,
        recorded_by=marked_by,
    )
