"""
The ledger: what the provider says moved becomes entries, amounts, and the order's money.

Whoever learned something ends here: the answer of our own call, the payer's return, a webhook, the
reconciler. The rows of order and payment are held, entries are named by the provider, and sums only
grow, so that any of them may come twice, late, or out of order.
"""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_noop

from apps.accounts.models import User
from apps.orders import operations as orders
from apps.orders.models import Order
from apps.payments.models import Payment, PaymentAttempt, PaymentEntry
from apps.payments.providers import Returned, Standing, State

Kind = PaymentEntry.Kind
# How each kind of entry is told in the history of its order.
EVENTS = {
    Kind.AUTHORIZE: "order.authorized",
    Kind.CAPTURE: "order.captured",
    Kind.VOID: "order.voided",
    Kind.REFUND: "order.refunded",
    Kind.REFUND_FAILED: "order.refund_failed",
    Kind.CHARGEBACK: "order.chargeback",
}
STATUSES = {
    Standing.OPEN: Payment.Status.PENDING,
    Standing.ACTION: Payment.Status.REQUIRES_ACTION,
    Standing.AUTHORIZED: Payment.Status.AUTHORIZED,
    Standing.CAPTURED: Payment.Status.CAPTURED,
    Standing.VOIDED: Payment.Status.VOIDED,
    Standing.EXPIRED: Payment.Status.EXPIRED,
}
LET_GO = frozenset({Standing.VOIDED, Standing.EXPIRED})
# A picture of an earlier moment may arrive later; it is older if it stands before ours here.
AGES = {
    Payment.Status.PENDING: 0,
    Payment.Status.REQUIRES_ACTION: 0,
    Payment.Status.FAILED: 0,
    Payment.Status.AUTHORIZED: 1,
    Payment.Status.EXPIRED: 2,
    Payment.Status.VOIDED: 2,
    Payment.Status.CAPTURED: 3,
}
GONE = gettext_noop("It was withdrawn before.")
TAKEN = gettext_noop("The money had been taken already.")


class Movement(NamedTuple):
    kind: PaymentEntry.Kind
    amount: int
    ref: str


def locked(payment: Payment) -> Payment:
    """Return the payment as it is now, its row and before it that of its order held."""
    order = orders.lock_order(payment.order)
    payment = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
    payment.order = order
    return payment


@transaction.atomic
def book(payment: Payment, state: State) -> Payment:
    """Make our books say of a payment what the provider says of it."""
    payment = locked(payment)
    _adopt(payment, state)
    enter(payment, _moved(payment, state), actor=None)
    _close_calls(payment, state)
    book_refunds(payment, state.refunds)
    for dispute in state.lost:
        _book_loss(payment, dispute)
    return payment


def enter(payment: Payment, movements: Sequence[Movement], *, actor: User | None) -> None:
    """Write movements down, in the payment, its ledger and its order. The caller holds both."""
    for movement in movements:
        PaymentEntry.objects.create(
            organization_id=payment.organization_id,
            payment=payment,
            kind=movement.kind,
            amount=movement.amount,
            provider_ref=movement.ref,
        )
        changes = _changes(payment, movement)
        payment.save()
        payment.order = orders.record_money(
            order=payment.order,
            event=EVENTS[movement.kind],
            actor=actor,
            **changes,
            amount=movement.amount,
            method=payment.method,
            payment_id=payment.pk,
        )


def _changes(payment: Payment, movement: Movement) -> dict[str, int]:
    """Add a movement to the amounts of its payment; return what changes for the order."""
    held, captured, refunded = payment.capturable, payment.captured, payment.refunded
    match movement.kind:
        case Kind.AUTHORIZE:
            payment.authorized += movement.amount
        case Kind.VOID:
            payment.authorized -= movement.amount
        case Kind.CAPTURE:
            payment.captured += movement.amount
            payment.authorized = max(payment.authorized, payment.captured)
        case Kind.REFUND | Kind.CHARGEBACK:
            payment.refunded += movement.amount
        case Kind.REFUND_FAILED:
            payment.refunded -= movement.amount
            payment.refund_claimed -= movement.amount
    return {
        "authorized": payment.capturable - held,
        "captured": payment.captured - captured,
        "refunded": payment.refunded - refunded,
    }


def _adopt(payment: Payment, state: State) -> None:
    payment.provider_ref = payment.provider_ref or state.ref
    payment.error = state.error[:500]
    status = STATUSES[state.standing]
    if AGES[status] >= AGES[Payment.Status(payment.status)]:
        payment.status = status
    payment.checked_at = timezone.now()
    payment.save()


def _moved(payment: Payment, state: State) -> list[Movement]:
    ref = state.charge or state.ref
    moved = []
    if payment.status == Payment.Status.AUTHORIZED and not payment.authorized:
        moved.append(Movement(Kind.AUTHORIZE, state.authorized, ref))
    if state.captured > payment.captured:
        moved.append(Movement(Kind.CAPTURE, state.captured - payment.captured, ref))
    if state.standing in {Standing.CAPTURED, *LET_GO}:
        let_go = payment.authorized - max(payment.captured, state.captured)
        moved += [Movement(Kind.VOID, let_go, ref)] if let_go > 0 else []
    return moved


def _close_calls(payment: Payment, state: State) -> None:
    """End the attempts about which the state leaves no doubt."""
    kinds, standing = PaymentAttempt.Kind, state.standing
    end(payment, kinds.INTENT, ref=state.ref)
    if standing is Standing.CAPTURED:
        end(payment, kinds.CAPTURE, ref=state.charge)
        end(payment, kinds.VOID, error=TAKEN)
    if standing in LET_GO:
        end(payment, kinds.VOID, ref=state.ref)
        end(payment, kinds.CAPTURE, error=GONE)


def end(payment: Payment, kind: PaymentAttempt.Kind, *, ref: str = "", error: str = "") -> None:
    """End the attempts of a kind that nobody knew the outcome of."""
    unfinished = payment.attempts.filter(kind=kind, status__in=PaymentAttempt.UNFINISHED)
    status = PaymentAttempt.Status.FAILED if error else PaymentAttempt.Status.SUCCEEDED
    unfinished.update(status=status, provider_ref=ref, error=error, finished_at=Now())


def book_refunds(
    payment: Payment, refunds: Sequence[Returned], *, actor: User | None = None
) -> None:
    """
    Book the refunds of a payment as the provider has them. The caller holds its row.

    `actor` says so; without one, it is whoever asked for them.
    """
    for refund in refunds:
        attempt = _attempt_for(payment, refund)
        if attempt is not None and attempt.provider_ref != refund.ref:
            payment.attempts.filter(pk=attempt.pk).update(provider_ref=refund.ref)
        booked = payment.entries.filter(provider_ref=refund.ref).values_list("kind", flat=True)
        if refund.status == "succeeded" and Kind.REFUND not in booked:
            _book_refund(payment, refund, attempt, actor)
        elif refund.status == "failed" and Kind.REFUND_FAILED not in booked:
            _book_failure(payment, refund, attempt, returned=Kind.REFUND in booked)


def _attempt_for(payment: Payment, refund: Returned) -> PaymentAttempt | None:
    refunds = payment.attempts.filter(kind=PaymentAttempt.Kind.REFUND)
    return next(
        (one for one in refunds if one.provider_ref == refund.ref or str(one.key) == refund.key),
        None,
    )


def _book_refund(
    payment: Payment, refund: Returned, attempt: PaymentAttempt | None, actor: User | None
) -> None:
    # One that was given up has given its claim back.
    is_claimed = attempt is not None and attempt.status in PaymentAttempt.UNFINISHED
    if not is_claimed and not _claim_theirs(payment, refund):
        return
    if attempt is not None:
        actor = actor or attempt.requested_by
    enter(payment, [Movement(Kind.REFUND, refund.amount, refund.ref)], actor=actor)
    if attempt is not None:
        conclude(attempt, PaymentAttempt.Status.SUCCEEDED)


def _book_failure(
    payment: Payment, refund: Returned, attempt: PaymentAttempt | None, *, returned: bool
) -> None:
    error = refund.error or gettext_noop("The provider could not return the money.")
    if returned:
        enter(payment, [Movement(Kind.REFUND_FAILED, refund.amount, refund.ref)], actor=None)
    elif attempt is not None and attempt.status in PaymentAttempt.UNFINISHED:
        payment.refund_claimed -= attempt.amount
        payment.save()
    if attempt is not None:
        conclude(attempt, PaymentAttempt.Status.FAILED, error)


def _book_loss(payment: Payment, dispute: Returned) -> None:
    booked = payment.entries.filter(provider_ref=dispute.ref).exists()
    if not booked and _claim_theirs(payment, dispute):
        enter(payment, [Movement(Kind.CHARGEBACK, dispute.amount, dispute.ref)], actor=None)


def _claim_theirs(payment: Payment, refund: Returned) -> bool:
    """Claim what left without our asking. Not while we want it too: ours fails, then it fits."""
    if refund.amount > payment.refundable:
        return False
    payment.refund_claimed += refund.amount
    return True


def conclude(attempt: PaymentAttempt, status: PaymentAttempt.Status, error: str = "") -> None:
    """Write down how an attempt ended."""
    PaymentAttempt.objects.filter(pk=attempt.pk).update(
        status=status, error=error[:500], finished_at=Now()
    )


@transaction.atomic
def book_refund(attempt: PaymentAttempt, refund: Returned) -> None:
    """Book the answer to one refund we asked for."""
    payment = locked(attempt.payment)
    book_refunds(payment, [refund])


@transaction.atomic
def give_up(attempt: PaymentAttempt, error: str) -> None:
    """End an attempt that did nothing, and give back what it claimed."""
    payment = locked(attempt.payment)
    attempt = PaymentAttempt.objects.get(pk=attempt.pk)
    if attempt.status not in PaymentAttempt.UNFINISHED:
        return
    conclude(attempt, PaymentAttempt.Status.FAILED, error)
    if attempt.kind == PaymentAttempt.Kind.REFUND:
        payment.refund_claimed -= attempt.amount
    if attempt.kind == PaymentAttempt.Kind.INTENT:
        payment.status, payment.error = Payment.Status.FAILED, error[:500]
    payment.save()


def money_of(order: Order) -> list[Payment]:
    """Return the payments of an order, oldest first, their rows held. The caller holds it too."""
    return list(Payment.objects.filter(order=order).select_for_update(no_key=True).order_by("pk"))
