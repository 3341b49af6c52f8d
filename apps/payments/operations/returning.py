"""
Giving money back.

A refund is claimed and written down with its event in one transaction, then carried out by the
event's reaction: nobody waits for the provider, and a crash loses nothing. Cash and transfers are
carried out by people: their refund stays open until one of them says that the money went.
"""

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.accounts.models import User
from apps.core.claims import claim
from apps.core.errors import InvalidInput
from apps.core.languages import speaking
from apps.events.models import Event
from apps.orders import operations as orders
from apps.orders import rules
from apps.orders.models import Order
from apps.payments import queries
from apps.payments.models import Payment, PaymentAttempt
from apps.payments.operations.booking import book_refunds, give_up, locked, money_of
from apps.payments.operations.charging import write_down
from apps.payments.operations.recording import insist_on_amount
from apps.payments.operations.requests import UNNAMED, Request, once
from apps.payments.operations.settling import carry_out
from apps.payments.providers import Refused, Returned

Kind = PaymentAttempt.Kind
GOES_ON = gettext_noop("The order goes on after all.")


class RefundTooLarge(InvalidInput):
    pass


def request_refund(
    *,
    order: Order,
    amount: int,
    reason: str = "",
    requested_by: User | None,
    payment: Payment | None = None,
    handed_over: bool = False,
    request: Request = UNNAMED,
) -> list[PaymentAttempt]:
    """
    Return money (minor units) to the customer, from one payment or from as many as it takes.

    What the customer is owed goes first; anything beyond it is credited to them as goodwill. Cards
    are refunded soon after, by a reaction; what was paid by hand waits for mark_as_refunded, unless
    it is `handed_over` already. Raises RefundTooLarge when more is asked for than is here,
    orders.MoveNotAllowed, NotAnAmount, orders.CreditTooLarge, AlreadyAsked or orders.KeyReused.
    """
    insist_on_amount(amount)
    with once(order.organization, request), transaction.atomic():
        order = orders.lock_order(order)
        if reason_against := rules.may_refund(order):
            raise orders.MoveNotAllowed(reason_against)
        payments = money_of(order)
        goodwill = amount - max(0, queries.owed_to_customer(order, payments))
        sources = [one for one in payments if payment is None or one.pk == payment.pk]
        attempts = _claim_all(sources, amount, reason, requested_by, request)
        if goodwill > 0:
            orders.credit_amount(order=order, amount=goodwill, reason=reason, actor=requested_by)
        order = _announce(order, attempts, amount, reason, requested_by)
        for attempt in attempts if handed_over else []:
            attempt.payment.order = order
            order = _book_by_hand(attempt, requested_by)
    return attempts


@transaction.atomic
def mark_as_refunded(*, attempt: PaymentAttempt, marked_by: User | None) -> None:
    """
    Write down that a refund of cash or a transfer was handed over. Said again, nothing changes.

    Raises orders.MoveNotAllowed for what a provider returns, which says so itself, and for what
    was given up.
    """
    payment = locked(attempt.payment)
    attempt.refresh_from_db(fields=["status"])
    attempt.payment = payment
    if attempt.kind != Kind.REFUND or payment.provider != Payment.Provider.MANUAL:
        raise orders.MoveNotAllowed(_("The payment provider says itself when it is returned."))
    if attempt.status == PaymentAttempt.Status.FAILED:
        raise orders.MoveNotAllowed(_("This refund was given up: ask for a new one."))
    _book_by_hand(attempt, marked_by)


def return_money(event: Event) -> None:
    """
    Give back what came for an order that stopped: what is held is let go, what was taken returned.

    In the transaction of its delivery; the calls follow from the events it records.
    """
    order = orders.lock_order(Order(pk=event.aggregate_id))
    if not order.is_void:
        return  # Revived since.
    payments = money_of(order)
    owed = queries.owed_to_customer(order, payments)
    if owed > 0:
        attempts = _claim_all(payments, owed, order.closed_reason, None, UNNAMED)
        order = _announce(order, attempts, owed, order.closed_reason, None)
    _withdraw(order, payments)


def refund_return(event: Event) -> None:
    """Give back what a closed return is worth, as far as the customer is owed it."""
    if event.data["resolution"] != "refund":
        return
    order = orders.lock_order(Order(pk=event.aggregate_id))
    owed = min(event.data["credit"], queries.owed_to_customer(order, money_of(order)))
    if owed > 0:
        with speaking(order.organization.locale):
            reason = _("Return %(number)s") % {"number": event.data["return_number"]}
        request_refund(order=order, amount=owed, reason=reason, requested_by=event.actor)


def keep_money(event: Event) -> None:
    """Hand nothing over of what paid for an order that goes on after all."""
    waiting = queries.refunds_of(Order(pk=event.aggregate_id)).filter(
        payment__provider=Payment.Provider.MANUAL, status__in=PaymentAttempt.UNFINISHED
    )
    for attempt in waiting.order_by("pk"):
        give_up(attempt, GOES_ON)


def ask_provider(event: Event) -> None:
    """Carry out the calls an event announced. Acts outside; asking again does nothing twice."""
    asked = PaymentAttempt.objects.filter(
        pk__in=event.data["attempts"], status__in=PaymentAttempt.UNFINISHED, provider_ref=""
    )
    for attempt in asked.select_related("payment__order").order_by("pk"):
        try:
            carry_out(attempt)
        except Refused:
            # Written down with the attempt; a person has to look at it.
            continue


def _claim_all(
    payments: list[Payment],
    amount: int,
    reason: str,
    requested_by: User | None,
    request: Request,
) -> list[PaymentAttempt]:
    """Spread an amount over payments. The first attempt carries the name of the request."""
    attempts: list[PaymentAttempt] = []
    left = amount
    for payment in payments:
        part = min(left, payment.refundable)
        if part > 0:
            name = UNNAMED if attempts else request
            attempts.append(_claim(payment, part, reason, requested_by, name))
            left -= part
    if left:
        raise RefundTooLarge(_("That is more than can still be returned."), field="amount")
    return attempts


def _claim(
    payment: Payment, amount: int, reason: str, requested_by: User | None, request: Request
) -> PaymentAttempt:
    # Check and act in one statement, so that of two refunds at once only one gets the last of it.
    row = Payment.objects.filter(pk=payment.pk)
    if not claim(row, "refund_claimed", amount, limit=F("captured")):
        raise RefundTooLarge(_("That is more than can still be returned."), field="amount")
    payment.refund_claimed += amount
    return write_down(payment, Kind.REFUND, amount, requested_by, request, reason)


def _announce(
    order: Order,
    attempts: list[PaymentAttempt],
    amount: int,
    reason: str,
    requested_by: User | None,
) -> Order:
    return orders.record_document(
        order=order,
        type="order.refund_requested",
        actor=requested_by,
        amount=amount,
        reason=reason,
        attempts=[attempt.pk for attempt in attempts],
    )


def _book_by_hand(attempt: PaymentAttempt, actor: User | None) -> Order:
    """Book a refund that somebody handed over, if it is one; return its order."""
    payment, key = attempt.payment, str(attempt.key)
    if payment.provider == Payment.Provider.MANUAL:
        handed = Returned(ref=key, amount=attempt.amount, status="succeeded", key=key)
        book_refunds(payment, [handed], actor=actor)
    return payment.order


def _withdraw(order: Order, payments: list[Payment]) -> None:
    voids = [
        write_down(payment, Kind.VOID, payment.authorized or payment.amount, None)
        for payment in payments
        if _may_withdraw(payment)
    ]
    if voids:
        orders.record_document(
            order=order,
            type="order.void_requested",
            actor=None,
            attempts=[attempt.pk for attempt in voids],
        )


def _may_withdraw(payment: Payment) -> bool:
    being_done = payment.attempts.filter(
        kind__in=[Kind.VOID, Kind.CAPTURE], status__in=PaymentAttempt.UNFINISHED
    )
    open_or_held = payment.status in {*Payment.OPEN, Payment.Status.AUTHORIZED}
    return open_or_held and not being_done.exists()
