"""Money that somebody saw arrive: on a bank statement, in a hand."""

import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import InvalidInput
from apps.orders import operations as orders
from apps.orders import rules
from apps.orders.models import Order
from apps.payments.models import Payment, PaymentEntry
from apps.payments.operations.booking import Movement, enter
from apps.payments.operations.requests import UNNAMED, Request, once

# What fits into the column, with room to add up.
AMOUNT_AT_MOST = 10**15


class NotAnAmount(InvalidInput):
    pass


def record_payment(
    *,
    order: Order,
    amount: int,
    method: Payment.Method,
    reference: str = "",
    recorded_by: User | None,
    request: Request = UNNAMED,
) -> Payment:
    """
    Record money (minor units) that arrived by hand, whatever is owed: it is here.

    A pending order that is paid now confirms itself; too much is overpaid; money for an order that
    stopped is returned. Raises NotAnAmount, orders.MoveNotAllowed for a draft, AlreadyAsked or
    orders.KeyReused.
    """
    insist_on_amount(amount)
    with once(order.organization, request), transaction.atomic():
        order = orders.lock_order(order)
        if order.status == Order.Status.DRAFT:
            raise orders.MoveNotAllowed(_("It is a draft; place it first."))
        return _record(order, amount, method, reference, recorded_by, request)


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
    return _record(order, order.balance, method, reference, marked_by, UNNAMED)


def insist_on_amount(amount: int) -> None:
    """Raise NotAnAmount unless this is an amount that can move."""
    if not 0 < amount <= AMOUNT_AT_MOST:
        raise NotAnAmount(_("Enter an amount above zero."), field="amount")


def _record(
    order: Order,
    amount: int,
    method: Payment.Method,
    reference: str,
    recorded_by: User | None,
    request: Request,
) -> Payment:
    payment = Payment.objects.create(
        organization=order.organization,
        order=order,
        provider=Payment.Provider.MANUAL,
        method=method,
        status=Payment.Status.CAPTURED,
        amount=amount,
        provider_ref=f"manual-{uuid.uuid4()}",
        reference=reference,
        idempotency_key=request.key,
        request_fingerprint=request.fingerprint,
        recorded_by=recorded_by,
    )
    arrived = Movement(PaymentEntry.Kind.CAPTURE, amount, payment.provider_ref)
    enter(payment, [arrived], actor=recorded_by)
    return payment
