"""
Taking money through a provider.

Each verb writes down what it will ask, commits, asks, and books the answer. A crash anywhere leaves
an attempt that the reconciler finishes with the same key.
"""

from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.accounts.models import User
from apps.core.errors import InvalidInput
from apps.orders import operations as orders
from apps.orders import rules
from apps.orders.models import Order
from apps.payments.models import Payment, PaymentAttempt
from apps.payments.operations.booking import locked
from apps.payments.operations.recording import insist_on_amount
from apps.payments.operations.requests import UNNAMED, Request, once
from apps.payments.operations.settling import carry_out, state_of
from apps.payments.providers import Refused, Standing, cards

Kind = PaymentAttempt.Kind
CaptureMethod = Payment.CaptureMethod


class CaptureTooLarge(InvalidInput):
    pass


class CardPayment(NamedTuple):
    """A payment that waits for a card. The secret lets the payer's browser, and only it, pay."""

    payment: Payment
    client_secret: str


def start_card_payment(
    *, order: Order, capture_method: CaptureMethod = CaptureMethod.AUTOMATIC
) -> CardPayment:
    """
    Open a payment by card for what is still owed, or return the one that is open.

    Raises orders.MoveNotAllowed when nothing is owed, NotConfigured, Refused, and
    ProviderUnavailable: then asking again later goes on with the same payment.
    """
    cards()
    _withdraw_others(order, capture_method)
    payment = _open(order, capture_method)
    for attempt in payment.attempts.filter(kind=Kind.INTENT, status__in=PaymentAttempt.UNFINISHED):
        carry_out(attempt)
    state = state_of(payment)
    payment.refresh_from_db()
    if state is None or state.standing not in {Standing.OPEN, Standing.ACTION}:
        raise orders.MoveNotAllowed(_("This payment has been made already."))
    return CardPayment(payment, state.client_secret)


def capture_payment(
    *,
    payment: Payment,
    amount: int | None = None,
    requested_by: User | None,
    request: Request = UNNAMED,
) -> Payment:
    """
    Take money that is held, all of it or a part (minor units); what is left of it is let go.

    Raises orders.MoveNotAllowed unless it is authorized, CaptureTooLarge, Refused,
    ProviderUnavailable, AlreadyAsked or orders.KeyReused.
    """
    with once(payment.organization, request), transaction.atomic():
        payment = locked(payment)
        if payment.status != Payment.Status.AUTHORIZED:
            raise orders.MoveNotAllowed(
                _("It is %(status)s.") % {"status": payment.get_status_display().lower()}
            )
        _insist_on_no_other(payment)
        amount = payment.capturable if amount is None else amount
        insist_on_amount(amount)
        if amount > payment.capturable:
            raise CaptureTooLarge(_("No more can be taken than is held."), field="amount")
        attempt = write_down(payment, Kind.CAPTURE, amount, requested_by, request)
    carry_out(attempt)
    payment.refresh_from_db()
    return payment


def void_payment(
    *, payment: Payment, requested_by: User | None, reason: str = "", request: Request = UNNAMED
) -> Payment:
    """
    Let go of money that is held, or withdraw a payment that nobody made yet.

    Raises orders.MoveNotAllowed once the money was taken, Refused, ProviderUnavailable,
    AlreadyAsked or orders.KeyReused.
    """
    with once(payment.organization, request), transaction.atomic():
        payment = locked(payment)
        if payment.status not in {*Payment.OPEN, Payment.Status.AUTHORIZED}:
            raise orders.MoveNotAllowed(
                _("It is %(status)s.") % {"status": payment.get_status_display().lower()}
            )
        _insist_on_no_other(payment)
        attempt = write_down(
            payment, Kind.VOID, payment.authorized or payment.amount, requested_by, request, reason
        )
    carry_out(attempt)
    payment.refresh_from_db()
    return payment


def write_down(
    payment: Payment,
    kind: PaymentAttempt.Kind,
    amount: int,
    requested_by: User | None,
    request: Request = UNNAMED,
    reason: str = "",
) -> PaymentAttempt:
    """Write down a call before it is made, in the transaction that decided it."""
    return PaymentAttempt.objects.create(
        organization_id=payment.organization_id,
        payment=payment,
        kind=kind,
        amount=amount,
        reason=reason,
        requested_by=requested_by,
        idempotency_key=request.key,
        request_fingerprint=request.fingerprint,
    )


def _insist_on_no_other(payment: Payment) -> None:
    if payment.attempts.filter(
        kind__in=[Kind.CAPTURE, Kind.VOID], status__in=PaymentAttempt.UNFINISHED
    ).exists():
        raise orders.MoveNotAllowed(
            _("Something else is being done with it. Try again in a minute.")
        )


def _owed(order: Order) -> int:
    """Return what is neither here nor held, or refuse when that is nothing."""
    owed = order.balance - order.authorized
    reason = rules.may_pay(order) or ("" if owed > 0 else _("It has been paid."))
    if reason:
        raise orders.MoveNotAllowed(reason)
    return owed


def _withdraw_others(order: Order, capture_method: CaptureMethod) -> None:
    """Withdraw what was opened for another amount: nobody shall be able to pay twice."""
    order = Order.objects.get(pk=order.pk)
    owed = _owed(order)
    opened = Payment.objects.filter(
        order=order, provider=Payment.Provider.STRIPE, status__in=Payment.OPEN
    )
    for payment in opened.exclude(amount=owed, capture_method=capture_method).order_by("pk"):
        try:
            void_payment(
                payment=payment, requested_by=None, reason=gettext_noop("The amount has changed.")
            )
        except Refused:
            # Too late: it was paid. That is booked now, and what is owed is looked at again.
            continue


@transaction.atomic
def _open(order: Order, capture_method: CaptureMethod) -> Payment:
    order = orders.lock_order(order)
    about = {
        "organization": order.organization,
        "order": order,
        "provider": Payment.Provider.STRIPE,
        "method": Payment.Method.CARD,
        "amount": _owed(order),
        "capture_method": capture_method,
    }
    opened = Payment.objects.filter(**about, status__in=Payment.OPEN).first()
    if opened:
        return opened
    payment = Payment.objects.create(**about)
    write_down(payment, Kind.INTENT, payment.amount, None)
    return payment
