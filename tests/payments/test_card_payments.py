"""Taking money by card: an attempt before each call, one way to book what came of it."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Thread

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import Refusal
from apps.events.models import Event
from apps.orders import operations as orders
from apps.orders.models import Order
from apps.payments import operations
from apps.payments.models import Payment, PaymentAttempt, PaymentEntry
from apps.payments.providers import CardProvider, ProviderUnavailable, Refused, cards_are_on
from tests.payments.conftest import our_ledger
from tests.payments.provider import CardServer

Pay = Callable[..., Payment]
LATER = Payment.CaptureMethod.MANUAL


def happened(kind: str) -> int:
    return Event.objects.filter(type=kind).count()


def test_without_a_key_there_are_no_card_payments(order: Order) -> None:
    assert not cards_are_on()
    with pytest.raises(Refusal, match="switched off"):
        operations.start_card_payment(order=order)
    assert not Payment.objects.exists()


def test_a_card_pays_the_order(order: Order, cards: CardServer) -> None:
    started = operations.start_card_payment(order=order)
    cards.pay(started.payment.provider_ref)
    payment = operations.settle_payment(payment=started.payment)

    order.refresh_from_db()
    assert started.client_secret.startswith(payment.provider_ref)
    assert (payment.status, payment.captured) == ("captured", 4998)
    assert (order.status, order.payment_status, order.captured) == ("confirmed", "paid", 4998)
    assert [(one.kind, one.amount) for one in PaymentEntry.objects.all()] == [("capture", 4998)]
    assert PaymentAttempt.objects.get().status == "succeeded"
    assert our_ledger() == cards.ledger()


def test_the_attempt_is_written_down_before_the_call(order: Order, cards: CardServer) -> None:
    cards.dead = True

    with pytest.raises(ProviderUnavailable):
        operations.start_card_payment(order=order)

    attempt = PaymentAttempt.objects.get()
    assert (attempt.kind, attempt.status) == ("intent", "unknown")


def test_opening_the_page_twice_opens_one_payment(order: Order, cards: CardServer) -> None:
    first = operations.start_card_payment(order=order)
    second = operations.start_card_payment(order=order)

    assert first == second
    assert len(cards.intents) == 1


def test_a_new_amount_withdraws_the_payment_that_was_open(
    order: Order, cards: CardServer, alice: User
) -> None:
    former = operations.start_card_payment(order=order).payment
    operations.record_payment(
        order=order, amount=1000, method=Payment.Method.CASH, recorded_by=alice
    )

    new = operations.start_card_payment(order=order).payment

    former.refresh_from_db()
    assert (former.status, new.amount) == ("voided", 3998)
    assert cards.intents[former.provider_ref]["status"] == "canceled"


def test_a_declined_card_is_said_in_the_words_for_the_payer(
    order: Order, cards: CardServer
) -> None:
    payment = operations.start_card_payment(order=order).payment
    cards.pay(payment.provider_ref, declined="Your card has insufficient funds.")

    payment = operations.settle_payment(payment=payment)

    assert (payment.status, payment.error) == ("pending", "Your card has insufficient funds.")
    cards.pay(payment.provider_ref)
    assert operations.settle_payment(payment=payment).status == "captured"


def test_what_the_provider_refuses_has_failed(order: Order, cards: CardServer) -> None:
    cards.break_next("400", "/v1/payment_intents")

    with pytest.raises(Refused):
        operations.start_card_payment(order=order)

    assert Payment.objects.get().status == "failed"
    assert PaymentAttempt.objects.get().status == "failed"
    assert operations.start_card_payment(order=order).payment.status == "pending"


@pytest.mark.parametrize("how", ["dead", "lost", "500", "409", "429"])
def test_no_answer_is_unknown_and_asked_again_with_the_same_key(
    order: Order, cards: CardServer, how: str
) -> None:
    cards.break_next(how, "/v1/payment_intents")
    with pytest.raises(ProviderUnavailable):
        operations.start_card_payment(order=order)
    assert PaymentAttempt.objects.get().status == "unknown"

    again = operations.start_card_payment(order=order)

    assert len(cards.intents) == 1
    assert PaymentAttempt.objects.get().status == "succeeded"
    assert again.payment == Payment.objects.get()


def test_held_money_is_taken_later(
    order: Order, cards: CardServer, pay_by_card: Pay, alice: User
) -> None:
    payment = pay_by_card(order, capture_method=LATER)
    order.refresh_from_db()
    held = (payment.status, order.status, order.payment_status, order.authorized, order.captured)

    payment = operations.capture_payment(payment=payment, requested_by=alice)

    order.refresh_from_db()
    assert held == ("authorized", "confirmed", "authorized", 4998, 0)
    assert (payment.status, payment.captured) == ("captured", 4998)
    assert (order.payment_status, order.authorized, order.captured) == ("paid", 0, 4998)
    assert our_ledger() == cards.ledger()


def test_a_part_is_taken_and_the_rest_is_let_go(
    order: Order, cards: CardServer, pay_by_card: Pay, alice: User
) -> None:
    payment = pay_by_card(order, capture_method=LATER)

    payment = operations.capture_payment(payment=payment, amount=3000, requested_by=alice)

    order.refresh_from_db()
    entries = PaymentEntry.objects.order_by("pk").values_list("kind", "amount")
    assert list(entries) == [("authorize", 4998), ("capture", 3000), ("void", 1998)]
    assert (order.captured, order.authorized, order.payment_status) == (3000, 0, "partially_paid")
    assert our_ledger() == cards.ledger()


@pytest.mark.parametrize("amount", [0, -1, 4999, 10**18])
def test_more_than_is_held_is_not_taken(
    order: Order, cards: CardServer, pay_by_card: Pay, alice: User, amount: int
) -> None:
    payment = pay_by_card(order, capture_method=LATER)

    with pytest.raises(Refusal) as refusal:
        operations.capture_payment(payment=payment, amount=amount, requested_by=alice)

    assert refusal.value.field == "amount"
    assert not any("capture" in call for call in cards.calls)


def test_held_money_is_let_go(
    order: Order, cards: CardServer, pay_by_card: Pay, alice: User
) -> None:
    payment = pay_by_card(order, capture_method=LATER)

    payment = operations.void_payment(payment=payment, requested_by=alice)

    order.refresh_from_db()
    assert (payment.status, payment.authorized) == ("voided", 0)
    assert (order.authorized, order.payment_status) == (0, "unpaid")
    assert our_ledger() == cards.ledger()
    with pytest.raises(Refusal, match="voided"):
        operations.capture_payment(payment=payment, requested_by=alice)


def test_money_held_too_long_is_let_go_by_the_provider(
    order: Order, cards: CardServer, pay_by_card: Pay
) -> None:
    payment = pay_by_card(order, capture_method=LATER)
    cards.expire(payment.provider_ref)

    payment = operations.settle_payment(payment=payment)

    order.refresh_from_db()
    assert (payment.status, payment.authorized, order.authorized) == ("expired", 0, 0)
    assert our_ledger() == cards.ledger()


@pytest.mark.django_db(transaction=True)
def test_no_call_is_made_in_a_transaction(
    order: Order,
    cards: CardServer,
    pay_by_card: Pay,
    alice: User,
    settle_all: Callable[[], int],
    tell: Callable[..., int],
) -> None:
    """While the provider is asked, nobody in our database holds a transaction open."""
    seen: list[int] = []

    def look() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND state LIKE 'idle in transaction%'"
                )
                seen.append(cursor.fetchone()[0])
        finally:
            connection.close()

    cards.when_called = look
    payment = pay_by_card(order, capture_method=LATER)
    operations.capture_payment(payment=payment, amount=4000, requested_by=alice)
    operations.request_refund(order=order, amount=10, reason="x", requested_by=alice)
    for event in cards.events:
        tell(event)
    settle_all()
    operations.reconcile_payments(timezone.now() + timedelta(hours=1))
    with transaction.atomic():
        orders.lock_order(order)
        look_from_another_thread = Thread(target=look)
        look_from_another_thread.start()
        look_from_another_thread.join()

    # The last is the control: there it is seen.
    assert (len(seen) > 8, sum(seen[:-1]), seen[-1]) == (True, 0, 1)


@pytest.mark.parametrize("how", ["lost", "dead", "500"])
def test_a_capture_whose_answer_is_lost_is_done_once(
    order: Order, cards: CardServer, pay_by_card: Pay, alice: User, how: str
) -> None:
    payment = pay_by_card(order, capture_method=LATER)
    cards.break_next(how, "/capture")
    with pytest.raises(ProviderUnavailable):
        operations.capture_payment(payment=payment, amount=3000, requested_by=alice)
    PaymentAttempt.objects.update(created_at=timezone.now() - timedelta(minutes=3))

    operations.reconcile_payments(timezone.now())

    order.refresh_from_db()
    assert (order.captured, happened("order.captured")) == (3000, 1)
    assert PaymentAttempt.objects.get(kind="capture").status == "succeeded"
    assert our_ledger() == cards.ledger()


def test_a_crash_between_the_providers_success_and_our_commit_loses_nothing(
    order: Order, cards: CardServer, pay_by_card: Pay, alice: User
) -> None:
    payment = pay_by_card(order, capture_method=LATER)
    # Written down and done there; whoever asked died before the answer was booked.
    attempt = PaymentAttempt.objects.create(
        organization=order.organization, payment=payment, kind="capture", amount=4998
    )
    elsewhere = CardProvider("sk_test", settings.STRIPE_API_BASE)
    elsewhere.capture(ref=payment.provider_ref, amount=4998, currency="EUR", key=str(attempt.key))
    PaymentAttempt.objects.update(created_at=timezone.now() - timedelta(minutes=3))
    assert our_ledger() != cards.ledger()

    operations.reconcile_payments(timezone.now())

    order.refresh_from_db()
    assert (order.payment_status, happened("order.paid")) == ("paid", 1)
    assert our_ledger() == cards.ledger()


def test_an_intent_whose_answer_was_lost_a_day_ago_is_found_by_its_key(
    order: Order, cards: CardServer
) -> None:
    cards.break_next("lost", "/v1/payment_intents")
    with pytest.raises(ProviderUnavailable):
        operations.start_card_payment(order=order)
    asked = len([call for call in cards.calls if call.startswith("POST")])
    long_ago = timezone.now() - timedelta(hours=21)
    PaymentAttempt.objects.update(created_at=long_ago)
    Payment.objects.update(created_at=long_ago)
    for intent in cards.intents.values():
        intent["created"] = int(long_ago.timestamp())

    operations.reconcile_payments(timezone.now())

    assert Payment.objects.get().provider_ref in cards.intents
    assert len([call for call in cards.calls if call.startswith("POST")]) == asked


def test_what_the_provider_never_heard_of_fails_after_a_day(
    order: Order, cards: CardServer
) -> None:
    cards.break_next("dead", "/v1/payment_intents")
    with pytest.raises(ProviderUnavailable):
        operations.start_card_payment(order=order)
    long_ago = timezone.now() - timedelta(hours=21)
    PaymentAttempt.objects.update(created_at=long_ago)

    operations.reconcile_payments(timezone.now())

    assert Payment.objects.get().status == "failed"
    assert PaymentAttempt.objects.get().status == "failed"
    assert cards.intents == {}


def test_the_reconciler_leaves_alone_what_is_being_answered(
    order: Order, cards: CardServer
) -> None:
    cards.break_next("dead", "/v1/payment_intents")
    with pytest.raises(ProviderUnavailable):
        operations.start_card_payment(order=order)

    assert operations.reconcile_payments(timezone.now()) == 0


def test_the_reconciler_stops_when_nobody_answers(order: Order, cards: CardServer) -> None:
    operations.start_card_payment(order=order)
    long_ago = timezone.now() - timedelta(minutes=10)
    Payment.objects.update(created_at=long_ago, checked_at=long_ago)
    cards.dead = True

    assert operations.reconcile_payments(timezone.now()) == 0

    cards.dead = False
    assert operations.reconcile_payments(timezone.now()) == 1
    assert operations.reconcile_payments(timezone.now()) == 0


def test_a_payment_that_nobody_told_us_about_is_found(order: Order, cards: CardServer) -> None:
    payment = operations.start_card_payment(order=order).payment
    cards.pay(payment.provider_ref)
    long_ago = timezone.now() - timedelta(minutes=10)
    Payment.objects.update(created_at=long_ago, checked_at=long_ago)

    operations.reconcile_payments(timezone.now())

    order.refresh_from_db()
    assert order.payment_status == "paid"
    assert our_ledger() == cards.ledger()


def test_money_that_moved_is_never_changed_or_deleted(order: Order, pay_by_card: Pay) -> None:
    pay_by_card(order)

    for change in (
        lambda: PaymentEntry.objects.update(amount=1),
        lambda: PaymentEntry.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            change()


def test_the_same_movement_is_booked_once(order: Order, pay_by_card: Pay) -> None:
    entry = PaymentEntry.objects.get() if pay_by_card(order) else None
    assert entry is not None
    entry.pk = None
    with pytest.raises(IntegrityError, match="payment_entry_once"), transaction.atomic():
        entry.save(force_insert=True)


def test_money_that_arrives_twice_is_overpaid_and_recorded(
    order: Order, cards: CardServer, alice: User
) -> None:
    payment = operations.start_card_payment(order=order).payment
    operations.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=alice)
    cards.pay(payment.provider_ref)

    operations.settle_payment(payment=payment)

    order.refresh_from_db()
    assert (order.payment_status, order.balance) == ("overpaid", -4998)
    assert happened("order.paid") == 1


@pytest.mark.parametrize("amount", [0, -5, 10**16])
def test_only_an_amount_is_recorded(order: Order, alice: User, amount: int) -> None:
    with pytest.raises(operations.NotAnAmount) as refusal:
        operations.record_payment(
            order=order, amount=amount, method=Payment.Method.CASH, recorded_by=alice
        )
    assert refusal.value.field == "amount"


def test_any_amount_by_hand_is_recorded(order: Order, alice: User) -> None:
    record = partial(
        operations.record_payment, order=order, method=Payment.Method.CASH, recorded_by=alice
    )
    statuses = []
    for amount in (1000, 3998, 2):
        record(amount=amount)
        order.refresh_from_db()
        statuses.append(order.payment_status)

    assert statuses == ["partially_paid", "paid", "overpaid"]
    assert happened("order.paid") == 1


def test_a_draft_takes_no_money(order: Order, alice: User, jo: orders.Buyer) -> None:
    draft = orders.save_draft(organization=order.organization, buyer=jo, items=[], saved_by=alice)
    with pytest.raises(orders.MoveNotAllowed):
        operations.record_payment(
            order=draft, amount=5, method=Payment.Method.CASH, recorded_by=alice
        )
