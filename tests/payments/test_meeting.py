"""Webhook, browser, reconciler and our own answer meet: whoever comes first, it is booked once."""

import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import Refusal
from apps.events.models import Delivery, Event
from apps.fulfillment import operations as fulfillment
from apps.inventory import operations as inventory
from apps.inventory.models import StockLevel
from apps.orders import operations as orders
from apps.orders.models import Order
from apps.payments import operations, queries
from apps.payments.models import Payment, PaymentAttempt, PaymentEntry, ProviderEvent
from apps.payments.operations.booking import book
from apps.payments.providers import Breaker, ProviderUnavailable
from apps.payments.providers import cards as provider
from tests.payments.conftest import our_ledger
from tests.payments.provider import CardServer, signed
from tests.together import at_once

Pay = Callable[..., Payment]
Settle = Callable[[], int]
Tell = Callable[..., int]


def happened(kind: str) -> int:
    return Event.objects.filter(type=kind).count()


def received() -> list[Event]:
    return list(Event.objects.filter(type="provider_event.received").order_by("pk"))


@pytest.fixture
def waiting(order: Order, cards: CardServer) -> Payment:
    return operations.start_card_payment(order=order).payment


@pytest.mark.django_db(transaction=True)
def test_webhook_and_browser_at_once_each_twice_are_one_capture(
    order: Order, cards: CardServer, waiting: Payment, tell: Tell
) -> None:
    """A5"""
    event = cards.pay(waiting.provider_ref)
    assert [tell(event), tell(event)] == [200, 200]
    (heard,) = received()
    come_back = partial(Client().get, f"{path_of(order)}return/")

    outcomes = at_once([come_back, partial(operations.apply_provider_event, heard)] * 2)

    assert [one for one in outcomes if isinstance(one, Refusal)] == []
    assert [(one.kind, one.amount) for one in PaymentEntry.objects.all()] == [("capture", 4998)]
    assert (happened("order.captured"), happened("order.paid")) == (1, 1)
    order.refresh_from_db()
    assert (order.status, order.captured) == ("confirmed", 4998)
    assert our_ledger() == cards.ledger()


def path_of(order: Order) -> str:
    return "/pay/" + queries.checkout_link(order).rpartition("/pay/")[2]


def test_a_webhook_before_our_own_commit_is_settled_by_the_key(
    order: Order, cards: CardServer, tell: Tell, settle_all: Settle
) -> None:
    """A6"""
    cards.break_next("lost", "/v1/payment_intents")
    with pytest.raises(ProviderUnavailable):
        operations.start_card_payment(order=order)
    assert Payment.objects.get().provider_ref == ""
    (ref,) = cards.intents

    assert tell(cards.pay(ref)) == 200
    settle_all()

    order.refresh_from_db()
    assert (Payment.objects.get().provider_ref, order.payment_status) == (ref, "paid")
    assert PaymentAttempt.objects.get().status == "succeeded"
    assert ProviderEvent.objects.get().error == ""


def test_a_webhook_after_the_order_was_cancelled_returns_the_money(
    order: Order, cards: CardServer, waiting: Payment, tell: Tell, alice: User, settle_all: Settle
) -> None:
    """A6"""
    event = cards.pay(waiting.provider_ref)
    orders.cancel_order(order=order, reason="Changed their mind", cancelled_by=alice)

    assert tell(event) == 200
    settle_all()

    order.refresh_from_db()
    assert (order.status, order.captured, order.kept) == ("cancelled", 4998, 0)
    assert happened("order.paid") == 0
    assert our_ledger() == cards.ledger()


def test_a_webhook_after_the_order_was_shipped_is_recorded(
    order: Order, cards: CardServer, waiting: Payment, tell: Tell, alice: User, settle_all: Settle
) -> None:
    """A6"""
    orders.confirm_order(order=order, confirmed_by=alice)
    fulfillment.ship_order(order=order, shipped_by=alice)

    assert tell(cards.pay(waiting.provider_ref)) == 200
    settle_all()

    order.refresh_from_db()
    assert (order.status, order.payment_status) == ("completed", "paid")
    assert our_ledger() == cards.ledger()


def test_a_webhook_about_nothing_of_ours_is_done_with(
    cards: CardServer, tell: Tell, settle_all: Settle, db: None
) -> None:
    """A6"""
    theirs = {"id": "evt_1", "type": "payment_intent.succeeded"}
    about = {"id": "pi_elsewhere", "object": "payment_intent", "metadata": {"key": "no uuid"}}

    assert tell(theirs | {"data": {"object": about}}) == 200
    settle_all()

    assert "no payment of ours" in ProviderEvent.objects.get().error


def test_webhooks_in_the_wrong_order_end_where_the_provider_is(
    order: Order, cards: CardServer, tell: Tell, alice: User, settle_all: Settle
) -> None:
    later = Payment.CaptureMethod.MANUAL
    payment = operations.start_card_payment(order=order, capture_method=later).payment
    cards.pay(payment.provider_ref)
    operations.settle_payment(payment=payment)
    operations.capture_payment(payment=payment, amount=4000, requested_by=alice)

    for event in reversed(cards.events):
        assert tell(event) == 200
    settle_all()

    payment.refresh_from_db()
    assert (payment.status, payment.captured) == ("captured", 4000)
    assert our_ledger() == cards.ledger()


def test_an_older_picture_changes_nothing(order: Order, cards: CardServer, alice: User) -> None:
    """Somebody asked the provider, slept, and books what they saw after everybody else."""
    later = Payment.CaptureMethod.MANUAL
    payment = operations.start_card_payment(order=order, capture_method=later).payment
    pictures = [provider().look_up(ref=payment.provider_ref)]
    cards.pay(payment.provider_ref)
    pictures.append(provider().look_up(ref=payment.provider_ref))
    operations.settle_payment(payment=payment)
    operations.capture_payment(payment=payment, amount=4000, requested_by=alice)

    for picture in pictures:
        book(payment, picture)

    payment.refresh_from_db()
    assert (payment.status, payment.captured, payment.authorized) == ("captured", 4000, 4000)


@pytest.mark.parametrize(
    "options",
    [{"secret": "whsec_somebody_else"}, {"at": 1_600_000_000}],
    ids=["forged", "too old"],
)
def test_a_webhook_that_is_not_theirs_is_refused(
    cards: CardServer, waiting: Payment, tell: Tell, options: dict[str, str]
) -> None:
    event = cards.pay(waiting.provider_ref)

    assert tell(event, **options) == 400
    assert not ProviderEvent.objects.exists()


BROKEN = [
    {},
    {"headers": {"Stripe-Signature": ""}},
    {"headers": {"Stripe-Signature": "t=,v1="}},
    {"headers": {"Stripe-Signature": "nonsense"}},
    {"headers": {"Stripe-Signature": "t=1,v1=é"}},
    {"data": b"\xff\xfe"},
    {"data": ""},
]


@pytest.mark.parametrize("sent", BROKEN)
def test_a_broken_webhook_is_refused(
    client: Client, cards: CardServer, db: None, sent: dict[str, Any]
) -> None:
    about: dict[str, Any] = {"content_type": "application/json", "data": "{}"} | sent

    assert client.post("/webhooks/stripe/", **about).status_code == 400


@pytest.mark.parametrize("event", [{}, [], "x", None, 7, {"id": 7}, {"id": None}], ids=repr)
def test_what_is_signed_but_no_event_is_refused(
    cards: CardServer, tell: Tell, db: None, event: object
) -> None:
    assert tell(event) == 400


def test_what_is_nested_too_deeply_is_no_event(cards: CardServer, tell: Tell, db: None) -> None:
    deep: list[object] = []
    for _ in range(2000):
        deep = [deep]

    assert tell({"id": "evt_deep", "data": deep}) == 400


ODD = [
    {},
    {"data": None},
    {"data": []},
    {"data": {"object": "x"}},
    {"data": {"object": {"object": "payment_intent", "id": None, "metadata": []}}},
    {"data": {"object": {"object": "charge", "payment_intent": {"id": "pi_1"}}}},
    {"type": None, "data": {"object": {"id": "\x00"}}},
    {"type": "\ud800", "\udfff": [float("nan"), float("-inf")]},
    {"nested": "\\u00\x0000", "backslash": "\\\\u0000"},
]


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_an_odd_event_is_kept_and_done_with(
    cards: CardServer, tell: Tell, settle_all: Settle, db: None, odd: dict[str, object]
) -> None:
    assert tell({"id": "evt_odd"} | odd) == 200
    settle_all()
    assert ProviderEvent.objects.get().processed_at is not None


def test_without_a_secret_nothing_is_believed(
    client: Client, cards: CardServer, settings: object, db: None
) -> None:
    settings.STRIPE_WEBHOOK_SECRET = ""  # type: ignore[attr-defined]

    assert client.post("/webhooks/stripe/", **signed({"id": "x"}, secret="")).status_code == 400


def test_a_webhook_waits_until_the_provider_answers(
    order: Order, cards: CardServer, waiting: Payment, tell: Tell, settle_all: Settle
) -> None:
    tell(cards.pay(waiting.provider_ref))
    cards.break_next("dead", waiting.provider_ref)
    settle_all()
    order.refresh_from_db()
    assert order.payment_status == "unpaid"

    Delivery.objects.filter(done_at=None).update(due_at=timezone.now())
    settle_all()

    order.refresh_from_db()
    assert order.payment_status == "paid"


def test_what_was_heard_long_ago_is_forgotten_once_it_is_dealt_with(
    cards: CardServer, tell: Tell, settle_all: Settle, db: None
) -> None:
    tell({"id": "evt_old"})
    long_after = timezone.now() + timedelta(days=91)
    assert operations.forget_old_provider_events(long_after) == 0
    settle_all()

    assert operations.forget_old_provider_events(timezone.now()) == 0
    assert operations.forget_old_provider_events(long_after) == 1


@pytest.mark.django_db(transaction=True)
def test_a_late_payment_and_the_expiry_job_at_once(
    order: Order, cards: CardServer, waiting: Payment, settle_all: Settle
) -> None:
    """A20: never expired and paid. It is confirmed, or it is expired and the money goes back."""
    Order.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    cards.pay(waiting.provider_ref)

    at_once(
        [
            partial(orders.expire_unpaid_orders, timezone.now()),
            partial(operations.settle_payment, payment=waiting),
        ]
    )
    settle_all()

    order.refresh_from_db()
    # Its stock can still be had, so whoever came first, the order lives.
    assert (order.status, order.kept) == ("confirmed", 4998)
    assert our_ledger() == cards.ledger()


def test_money_for_an_expired_order_whose_stock_is_gone_goes_back(
    order: Order, cards: CardServer, waiting: Payment, alice: User, settle_all: Settle
) -> None:
    """A20"""
    late = timezone.now() + order.organization.payment_window + timedelta(seconds=1)
    assert orders.expire_unpaid_orders(late) == 1
    take_all_stock(order, alice)
    cards.pay(waiting.provider_ref)

    operations.settle_payment(payment=waiting)
    settle_all()

    order.refresh_from_db()
    assert (order.status, order.kept, order.refunded) == ("expired", 0, 4998)
    assert our_ledger() == cards.ledger()


def take_all_stock(order: Order, alice: User) -> None:
    level = StockLevel.objects.select_related("variant", "location").get()
    inventory.adjust_stock(
        variant=level.variant,
        location=level.location,
        delta=-level.on_hand,
        reason="Broken",
        actor=alice,
    )


def test_an_expired_order_withdraws_what_was_open(
    order: Order, cards: CardServer, waiting: Payment, settle_all: Settle
) -> None:
    late = timezone.now() + order.organization.payment_window + timedelta(seconds=1)
    orders.expire_unpaid_orders(late)

    settle_all()

    waiting.refresh_from_db()
    assert waiting.status == "voided"
    assert cards.intents[waiting.provider_ref]["status"] == "canceled"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(3))
def test_whatever_goes_wrong_both_ledgers_are_equal_in_the_end(
    order: Order, cards: CardServer, tell: Tell, alice: User, settle_all: Settle, seed: int
) -> None:
    """Answers lost, calls that die, webhooks doubled and reordered: then one reconciliation."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    payments = []
    for _ in range(6):
        # Twenty seconds later.
        provider().breaker = Breaker()
        unlucky(cards, chance)
        with_luck(lambda: payments.append(operations.start_card_payment(order=order).payment))
        for ref in [ref for ref, one in cards.intents.items() if not one["latest_charge"]]:
            if chance.random() < 0.7 and cards.intents[ref]["status"] != "canceled":
                cards.pay(ref)
        unlucky(cards, chance)
        with_luck(
            lambda: operations.request_refund(
                order=order, amount=chance.randint(1, 3000), requested_by=alice, reason="Random"
            )
        )
        for event in chance.sample(cards.events, len(cards.events)):
            tell(event)
        settle_all()
    cards.faults.clear()
    provider().breaker = Breaker()
    PaymentAttempt.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    Payment.objects.update(created_at=timezone.now() - timedelta(days=1), checked_at=None)

    operations.reconcile_payments(timezone.now())

    assert our_ledger() == cards.ledger()
    order.refresh_from_db()
    captured = sum(one.captured for one in Payment.objects.all())
    refunded = sum(one.refunded for one in Payment.objects.all())
    assert (order.captured, order.refunded) == (captured, refunded)
    assert happened("order.paid") <= 1
    connection.close()


def unlucky(cards: CardServer, chance: random.Random) -> None:
    if chance.random() < 0.6:
        cards.break_next(chance.choice(["lost", "dead", "500", "409", "429"]))


def with_luck(act: Callable[[], object]) -> None:
    try:
        act()
    except Refusal:
        return
