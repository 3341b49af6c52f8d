from collections.abc import Iterable
from typing import Any, NamedTuple

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import FETCH_RAISE, Exists, Manager, OuterRef, Prefetch, Q, QuerySet
from django.urls import reverse

from apps.events.models import Delivery, Event
from apps.orders.models import Order
from apps.payments.models import Payment, PaymentAttempt, PaymentEntry
from apps.payments.providers import cards_are_on

# A link of ours means nothing to another signer, and theirs nothing to us.
SALT = "apps.payments.checkout"
# What gives money back by itself, and after what; see config/reactions.py.
RETURNING = ("return-money", "refund-return")
RETURNED_AFTER = (
    *("order.cancelled", "order.expired", "order.money_unwanted"),
    "order.return_closed",
)


class Checkout(NamedTuple):
    """What a link to pay is about."""

    order: Order
    capture_method: Payment.CaptureMethod


def checkout_link(
    order: Order, capture_method: Payment.CaptureMethod = Payment.CaptureMethod.AUTOMATIC
) -> str:
    """
    Return the address where the customer of an order pays it. It stays the same for good.

    Whoever has it sees the order and may pay it, nothing else.
    """
    token = Signer(salt=SALT).sign_object([order.pk, capture_method.value])
    return settings.PUBLIC_BASE_URL + reverse("checkout", args=[token])


def checkout_behind(token: str) -> Checkout | None:
    """Return what a link is about, unless it is not one of ours, or its order is gone."""
    try:
        pk, capture_method = Signer(salt=SALT).unsign_object(token)
    except (BadSignature, ValueError):
        return None
    placed = Order.objects.exclude(status=Order.Status.DRAFT).select_related("organization")
    order = placed.filter(pk=pk).first()
    return Checkout(order, Payment.CaptureMethod(capture_method)) if order else None


def checkout_state(order: Order) -> str:
    """Return whether an order can be paid by card now: open, or why not."""
    if order.is_void:
        return "closed"
    if order.balance <= 0:
        return "paid"
    if order.authorized >= order.balance:
        return "authorized"
    return "open" if cards_are_on() else "off"


def payments_of(order: Order) -> QuerySet[Payment]:
    """The payments of an order, oldest first, with what moved and what was asked for."""
    return (
        Payment.objects.filter(order_id=order.pk)
        .select_related("recorded_by")
        .prefetch_related(
            Prefetch("entries", queryset=PaymentEntry.objects.order_by("pk")),
            Prefetch("attempts", queryset=PaymentAttempt.objects.order_by("pk")),
        )
        .order_by("pk")
        .fetch_mode(FETCH_RAISE)
    )


def owed_to_customer(order: Order, payments: Iterable[Payment]) -> int:
    """Return what was paid too much and is not on its way back yet; negative: less is owed."""
    on_its_way = sum(one.refund_claimed - one.refunded for one in payments)
    return -order.balance - on_its_way


def is_about_to_be_returned(order: Order) -> bool:
    """Whether a refund will be written down in a moment: that is owed, and was not given up."""
    owed = Delivery.objects.filter(
        event=OuterRef("pk"), reaction__in=RETURNING, done_at=None, dead_at=None
    )
    events = Event.objects.filter(
        aggregate_type="order", aggregate_id=order.pk, type__in=RETURNED_AFTER
    )
    return events.filter(Q(dispatched_at=None) | Exists(owed)).exists()


def refunds_of(order: Order) -> QuerySet[PaymentAttempt]:
    """What was to go back to the customer, whatever became of it."""
    refunds = PaymentAttempt.objects.filter(payment__order=order, kind=PaymentAttempt.Kind.REFUND)
    return refunds.select_related("payment__order")


class Story(NamedTuple):
    """A payment, what moved, and what was asked for."""

    payment: Payment
    entries: list[PaymentEntry]
    attempts: list[PaymentAttempt]

    @property
    def to_hand_over(self) -> list[PaymentAttempt]:
        """Refunds that a person has to carry out."""
        if self.payment.provider != Payment.Provider.MANUAL:
            return []
        # Nothing else is asked of a payment by hand: what is not finished is a refund.
        return [one for one in self.attempts if one.status in PaymentAttempt.UNFINISHED]


def stories_of(order: Order) -> list[Story]:
    """
    Return the payments of an order, oldest first, as its page tells them, in two statements.

    Each has an entry, an attempt, or both, so nobody has to ask for the payments themselves.
    """
    stories: dict[int, Story] = {}
    for entry in _told(PaymentEntry.objects, order):
        _story(stories, entry.payment).entries.append(entry)
    for attempt in _told(PaymentAttempt.objects, order):
        _story(stories, attempt.payment).attempts.append(attempt)
    return [stories[pk] for pk in sorted(stories)]


def _told(rows: Manager[Any], order: Order) -> QuerySet[Any]:
    told = rows.filter(payment__order_id=order.pk).select_related("payment__recorded_by")
    return told.order_by("pk").fetch_mode(FETCH_RAISE)


def _story(stories: dict[int, Story], payment: Payment) -> Story:
    return stories.setdefault(payment.pk, Story(payment, [], []))


def open_payments(order: Order) -> QuerySet[Payment]:
    """Those by card that the customer may just have made, or is making."""
    return Payment.objects.filter(
        order=order, provider=Payment.Provider.STRIPE, status__in=Payment.OPEN
    ).select_related("order")
