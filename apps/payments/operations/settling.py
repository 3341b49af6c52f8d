"""
Asking the provider, and finding out what became of what we asked.

Nothing here runs in a transaction: an attempt is written down and committed before its call, and
its answer is booked after it.
"""

from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from django.db.models import DurationField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils.translation import gettext_noop

from apps.core.errors import Refusal
from apps.payments.models import Payment, PaymentAttempt
from apps.payments.operations.booking import book, book_refund, give_up
from apps.payments.providers import (
    ProviderUnavailable,
    Refused,
    State,
    provider_named,
)

log = structlog.get_logger("dozen.payments")

# Providers forget a key after a day. Until then asking again is safe; later we only look.
RESEND_WITHIN = timedelta(hours=20)
# What is younger is probably being answered just now, in another process.
LEAVE_ALONE = timedelta(minutes=2)
# An open payment is looked at less and less often, but at least so often.
LOOK_AT_LEAST_EVERY = timedelta(hours=6)
BATCH = 200
UNKNOWN_THERE = gettext_noop("The provider knows nothing of it.")


def carry_out(attempt: PaymentAttempt) -> None:
    """
    Ask the provider for what an attempt says, and book the answer. Asking twice does it once.

    Raises Refused when the provider said no, and ProviderUnavailable when it said nothing: then
    the attempt stays open, and the reconciler asks again.
    """
    try:
        _call(attempt)
    except ProviderUnavailable:
        _unanswered(attempt)
        raise
    except Refused as refusal:
        if not _is_done_all_the_same(attempt, str(refusal)):
            raise


def settle_payment(*, payment: Payment, ref: str = "") -> Payment:
    """
    Ask the provider how a payment is now, and make our books say the same. Any number of times.

    `ref` is what the provider calls it, where we do not know yet. Raises ProviderUnavailable.
    """
    if payment.provider == Payment.Provider.MANUAL:
        return payment
    state = _look_up(payment, ref)
    return book(payment, state) if state else payment


def state_of(payment: Payment) -> State | None:
    """Book how a payment is now, and return it as the provider told it."""
    state = _look_up(payment)
    if state:
        book(payment, state)
    return state


def reconcile_payments(now: datetime) -> int:
    """
    Settle what was left open: calls without an answer, and payments without an end.

    Returns how many payments were settled. Stops early when the provider is away.
    """
    settled = 0
    for payment in _left_open(now):
        try:
            _reconcile(payment, now)
        except ProviderUnavailable:
            log.warning("provider_unavailable", payment_id=payment.pk)
            break
        except Refusal as refusal:
            log.warning("payment_not_settled", payment_id=payment.pk, reason=str(refusal))
        settled += 1
    return settled


def _call(attempt: PaymentAttempt) -> None:
    payment, kinds = attempt.payment, PaymentAttempt.Kind
    if attempt.kind != kinds.INTENT and not payment.provider_ref:
        _begin(payment)
    amount, currency, key = attempt.amount, payment.order.currency, str(attempt.key)
    provider, ref = provider_named(payment.provider), payment.provider_ref
    match attempt.kind:
        case kinds.INTENT:
            later = payment.capture_method == Payment.CaptureMethod.MANUAL
            book(
                payment,
                provider.create(amount=amount, currency=currency, capture_later=later, key=key),
            )
        case kinds.CAPTURE:
            book(payment, provider.capture(ref=ref, amount=amount, currency=currency, key=key))
        case kinds.VOID:
            book(payment, provider.void(ref=ref, key=key))
        case kinds.REFUND:
            refund = provider.refund(ref=ref, amount=amount, currency=currency, key=key)
            book_refund(attempt, refund)


def _begin(payment: Payment) -> None:
    """Learn what the provider calls a payment whose beginning nobody answered."""
    asked = payment.attempts.filter(
        kind=PaymentAttempt.Kind.INTENT, status__in=PaymentAttempt.UNFINISHED
    )
    for attempt in asked.select_related("payment__order"):
        carry_out(attempt)
    payment.refresh_from_db()


def _is_done_all_the_same(attempt: PaymentAttempt, refusal: str) -> bool:
    """The provider may have said no because it is done already. Look; if not, end the attempt."""
    log.warning("provider_refused", attempt_id=attempt.pk, kind=attempt.kind, reason=refusal)
    if attempt.payment.provider_ref:
        with suppress(ProviderUnavailable):
            settle_payment(payment=attempt.payment)
    give_up(attempt, refusal)
    attempt.refresh_from_db()
    return attempt.status == PaymentAttempt.Status.SUCCEEDED


def _unanswered(attempt: PaymentAttempt) -> None:
    PaymentAttempt.objects.filter(pk=attempt.pk, status=PaymentAttempt.Status.PENDING).update(
        status=PaymentAttempt.Status.UNKNOWN
    )


def _look_up(payment: Payment, ref: str = "") -> State | None:
    provider = provider_named(payment.provider)
    if known := payment.provider_ref or ref:
        return provider.look_up(ref=known)
    asked = payment.attempts.filter(kind=PaymentAttempt.Kind.INTENT).first()
    return provider.find(key=str(asked.key), created_at=asked.created_at) if asked else None


def _left_open(now: datetime) -> QuerySet[Payment]:
    # What is to be handed over is no call: it waits for a person.
    forgotten = PaymentAttempt.objects.filter(
        payment__provider=Payment.Provider.STRIPE,
        status__in=PaymentAttempt.UNFINISHED,
        created_at__lt=now - LEAVE_ALONE,
    )
    waiting = Q(
        provider=Payment.Provider.STRIPE,
        status__in=[*Payment.OPEN, Payment.Status.AUTHORIZED],
        created_at__lt=now - LEAVE_ALONE,
    ) & Q(Q(checked_at=None) | Q(checked_at__lt=now - F("pause")))
    pause = Least(
        Greatest(
            _span(Coalesce("checked_at", "created_at") - F("created_at")), _value(LEAVE_ALONE)
        ),
        _value(LOOK_AT_LEAST_EVERY),
    )
    return (
        Payment.objects.alias(pause=pause)
        .filter(Q(pk__in=forgotten.values("payment")) | waiting)
        .select_related("order")
        .order_by(F("checked_at").asc(nulls_first=True))[:BATCH]
    )


def _span(expression: object) -> ExpressionWrapper:
    return ExpressionWrapper(expression, output_field=DurationField())


def _value(span: timedelta) -> Value:
    return Value(span, DurationField())


def _reconcile(payment: Payment, now: datetime) -> None:
    unfinished = payment.attempts.filter(
        status__in=PaymentAttempt.UNFINISHED, created_at__lt=now - LEAVE_ALONE
    )
    for attempt in unfinished.order_by("pk"):
        _find_out(attempt, now)
    payment.refresh_from_db()
    settle_payment(payment=payment)


def _find_out(attempt: PaymentAttempt, now: datetime) -> None:
    answered = bool(attempt.provider_ref)
    if not answered and now - attempt.created_at < RESEND_WITHIN:
        carry_out(attempt)
        return
    settle_payment(payment=attempt.payment)
    if not answered:
        give_up(attempt, UNKNOWN_THERE)
