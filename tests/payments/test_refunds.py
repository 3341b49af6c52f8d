"""Giving money back: never more than is here, never twice, whatever comes at once."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.core.errors import Refusal
from apps.events.models import Delivery, Event
from apps.orders import operations as orders
from apps.orders.models import Credit, Order
from apps.orders.queries.queues import in_queue
from apps.payments import operations
from apps.payments.models import Payment, PaymentAttempt, PaymentEntry
from apps.payments.operations.booking import give_up
from tests.payments.conftest import our_ledger
from tests.payments.provider import CardServer
from tests.together import at_once, overtaking

Pay = Callable[..., Payment]
Settle = Callable[[], int]


@pytest.fixture
def hundred(acme: Organization, stock_product: Callable[..., Variant], jo: orders.Buyer) -> Order:
    """An order over 100.00."""
    vase = stock_product("VASE", "Vase", "100.00", 3)
    return orders.place_order(
        organization=acme, buyer=jo, items=[orders.Item(vase, 1)], placed_by=None
    )


def waiting_to_be_refunded(organization: Organization) -> QuerySet[Order]:
    return organization.orders.filter(in_queue("refund", organization))


def refund(order: Order, amount: int, **options: Any) -> list[PaymentAttempt]:
    return operations.request_refund(
        order=order, amount=amount, reason="Late", requested_by=None, **options
    )


def test_three_thirds_of_a_hundred_are_a_hundred(
    hundred: Order, cards: CardServer, pay_by_card: Pay, settle_all: Settle
) -> None:
    """A11"""
    pay_by_card(hundred)

    for part in (3333, 3333, 3334):
        refund(hundred, part)
        settle_all()

    hundred.refresh_from_db()
    assert (hundred.refunded, hundred.kept, hundred.balance) == (10000, 0, 0)
    assert (hundred.payment_status, hundred.credited) == ("refunded", 10000)
    assert our_ledger() == cards.ledger()


def test_more_than_the_rest_is_refused(
    hundred: Order, cards: CardServer, pay_by_card: Pay, settle_all: Settle
) -> None:
    """A11"""
    pay_by_card(hundred)
    refund(hundred, 6000)

    with pytest.raises(operations.RefundTooLarge) as refusal:
        refund(hundred, 4001)

    assert refusal.value.field == "amount"
    settle_all()
    hundred.refresh_from_db()
    assert (hundred.refunded, hundred.credited) == (6000, 6000)
    assert our_ledger() == cards.ledger()


@pytest.mark.django_db(transaction=True)
def test_of_two_refunds_at_once_one_fits(
    hundred: Order, cards: CardServer, pay_by_card: Pay, settle_all: Settle
) -> None:
    """A11"""
    pay_by_card(hundred)

    outcomes = at_once([partial(refund, hundred, 6000)] * 2)
    settle_all()

    hundred.refresh_from_db()
    refused = [type(one) for one in outcomes if isinstance(one, Refusal)]
    assert refused == [operations.RefundTooLarge]
    assert hundred.refunded == 6000
    assert our_ledger() == cards.ledger()


def test_what_was_paid_too_much_goes_back_without_a_credit(hundred: Order, alice: User) -> None:
    operations.record_payment(
        order=hundred, amount=12000, method=Payment.Method.CASH, recorded_by=alice
    )

    refund(hundred, 2500, handed_over=True)

    hundred.refresh_from_db()
    assert (hundred.refunded, hundred.credited, hundred.balance) == (2500, 500, 0)
    assert Credit.objects.get().gross == 500


def test_what_is_on_its_way_is_not_owed_a_second_time(
    hundred: Order, cards: CardServer, pay_by_card: Pay, alice: User
) -> None:
    pay_by_card(hundred)
    operations.record_payment(
        order=hundred, amount=1000, method=Payment.Method.CASH, recorded_by=alice
    )
    card = Payment.objects.get(provider="stripe")

    refund(hundred, 1000, payment=card)
    refund(hundred, 1000, payment=card)

    assert Credit.objects.get().gross == 1000


def test_cash_is_returned_once_somebody_says_so(
    hundred: Order, alice: User, victor: User, settle_all: Settle
) -> None:
    operations.mark_as_paid(order=hundred, method=Payment.Method.CASH, marked_by=alice)

    (attempt,) = refund(hundred, 1000)
    settle_all()
    operations.reconcile_payments(timezone.now() + timedelta(days=2))

    hundred.refresh_from_db()
    assert (hundred.payment_status, hundred.refunded) == ("overpaid", 0)
    assert hundred in waiting_to_be_refunded(hundred.organization)

    for _ in range(2):
        operations.mark_as_refunded(attempt=attempt, marked_by=victor)

    hundred.refresh_from_db()
    attempt.refresh_from_db()
    payment = Payment.objects.get()
    assert (attempt.status, payment.refund_claimed, payment.refunded) == ("succeeded", 1000, 1000)
    assert (hundred.payment_status, hundred.refunded) == ("partially_refunded", 1000)
    assert Event.objects.get(type="order.refunded").actor == victor
    assert hundred not in waiting_to_be_refunded(hundred.organization)


@pytest.mark.django_db(transaction=True)
def test_cash_that_two_say_they_handed_over_was_handed_over_once(
    hundred: Order, alice: User
) -> None:
    operations.mark_as_paid(order=hundred, method=Payment.Method.CASH, marked_by=alice)
    (attempt,) = refund(hundred, 1000)
    mark = partial(operations.mark_as_refunded, attempt=attempt, marked_by=alice)

    assert overtaking(mark, mark) is None

    hundred.refresh_from_db()
    assert hundred.refunded == 1000


def test_cash_handed_over_already_is_returned(hundred: Order, alice: User) -> None:
    operations.mark_as_paid(order=hundred, method=Payment.Method.CASH, marked_by=alice)

    (attempt,) = refund(hundred, 1000, handed_over=True)

    attempt.refresh_from_db()
    assert (attempt.status, Payment.objects.get().refunded) == ("succeeded", 1000)


def test_nobody_says_of_a_card_that_its_money_is_returned(
    hundred: Order, pay_by_card: Pay, settle_all: Settle
) -> None:
    pay_by_card(hundred)
    (attempt,) = refund(hundred, 1000, handed_over=True)

    with pytest.raises(orders.MoveNotAllowed):
        operations.mark_as_refunded(attempt=attempt, marked_by=None)

    hundred.refresh_from_db()
    assert hundred.refunded == 0


def test_cash_for_an_order_that_is_cancelled_waits_to_be_handed_over(
    hundred: Order, alice: User, settle_all: Settle
) -> None:
    operations.mark_as_paid(order=hundred, method=Payment.Method.CASH, marked_by=alice)
    orders.cancel_order(order=hundred, reason="Broken", cancelled_by=alice)

    settle_all()

    hundred.refresh_from_db()
    attempt = PaymentAttempt.objects.get()
    assert (attempt.amount, attempt.reason, attempt.status) == (10000, "Broken", "pending")
    assert (hundred.refunded, hundred.owed_back) == (0, 10000)
    assert hundred in waiting_to_be_refunded(hundred.organization)


def test_what_was_to_be_handed_over_stays_when_the_order_goes_on(
    hundred: Order, alice: User, settle_all: Settle
) -> None:
    """A part came late and was to go back; then the rest came, and with it the order is paid."""
    orders.expire_unpaid_orders(timezone.now() + timedelta(days=30))
    record = partial(operations.record_payment, method=Payment.Method.CASH, recorded_by=alice)
    record(order=hundred, amount=4000)
    settle_all()
    part = Payment.objects.get()
    assert (part.refund_claimed, part.refunded) == (4000, 0)

    record(order=hundred, amount=6000)
    settle_all()

    hundred.refresh_from_db()
    part.refresh_from_db()
    assert (hundred.status, hundred.payment_status) == ("confirmed", "paid")
    assert (part.refund_claimed, part.attempts.get().status) == (0, "failed")
    # Who still sees the page of before is told, also when the same money is to go back again.
    given_up = part.attempts.get()
    with pytest.raises(orders.MoveNotAllowed, match="given up"):
        operations.mark_as_refunded(attempt=given_up, marked_by=alice)
    refund(hundred, 4000, payment=part)
    with pytest.raises(orders.MoveNotAllowed, match="given up"):
        operations.mark_as_refunded(attempt=given_up, marked_by=alice)
    part.refresh_from_db()
    assert (part.refund_claimed, part.refunded) == (4000, 0)


def test_one_refund_is_spread_over_several_payments(
    hundred: Order, alice: User, settle_all: Settle
) -> None:
    record = partial(
        operations.record_payment,
        order=hundred,
        method=Payment.Method.BANK_TRANSFER,
        recorded_by=alice,
    )
    record(amount=4000)
    record(amount=6000)

    attempts = refund(hundred, 7000, handed_over=True)

    assert [one.amount for one in attempts] == [4000, 3000]
    assert list(Payment.objects.order_by("pk").values_list("refunded", flat=True)) == [4000, 3000]
    with pytest.raises(operations.RefundTooLarge):
        refund(hundred, 1, payment=Payment.objects.earliest("pk"))


@pytest.mark.parametrize("how", ["lost", "dead", "500", "429"])
def test_a_refund_without_an_answer_is_done_once(
    hundred: Order, cards: CardServer, pay_by_card: Pay, settle_all: Settle, how: str
) -> None:
    pay_by_card(hundred)
    (attempt,) = refund(hundred, 5000)
    cards.break_next(how, "/v1/refunds")

    settle_all()
    attempt.refresh_from_db()
    assert attempt.status == "unknown"
    assert Delivery.objects.get(reaction="ask-provider").done_at is None
    Delivery.objects.update(due_at=timezone.now())
    settle_all()

    attempt.refresh_from_db()
    assert attempt.status == "succeeded"
    assert len(cards.refunds) == 1
    assert our_ledger() == cards.ledger()


def test_the_reconciler_finishes_a_refund_that_nobody_carries_out(
    hundred: Order, cards: CardServer, pay_by_card: Pay
) -> None:
    pay_by_card(hundred)
    refund(hundred, 5000)
    PaymentAttempt.objects.update(created_at=timezone.now() - timedelta(minutes=3))

    operations.reconcile_payments(timezone.now())

    assert our_ledger() == cards.ledger()
    assert Payment.objects.get().refunded == 5000


def test_what_the_provider_will_not_return_gives_its_claim_back(
    hundred: Order, cards: CardServer, pay_by_card: Pay, settle_all: Settle
) -> None:
    pay_by_card(hundred)
    cards.break_next("400", "/v1/refunds")
    (attempt,) = refund(hundred, 5000)

    settle_all()

    attempt.refresh_from_db()
    payment = Payment.objects.get()
    assert (attempt.status, payment.refund_claimed, payment.refunded) == ("failed", 0, 0)
    assert our_ledger() == cards.ledger()


def test_a_refund_may_take_its_time(
    hundred: Order,
    cards: CardServer,
    pay_by_card: Pay,
    settle_all: Settle,
    tell: Callable[..., int],
) -> None:
    pay_by_card(hundred)
    cards.refunds_are = "pending"
    (attempt,) = refund(hundred, 5000)
    settle_all()
    attempt.refresh_from_db()
    before = (attempt.status, Payment.objects.get().refunded)

    tell(cards.complete_refund(attempt.provider_ref))
    settle_all()

    attempt.refresh_from_db()
    assert before == ("pending", 0)
    assert (attempt.status, Payment.objects.get().refunded) == ("succeeded", 5000)


def test_a_pending_refund_is_looked_up_not_asked_for_again(
    hundred: Order, cards: CardServer, pay_by_card: Pay, settle_all: Settle
) -> None:
    pay_by_card(hundred)
    cards.refunds_are = "pending"
    (attempt,) = refund(hundred, 5000)
    settle_all()
    cards.complete_refund(PaymentAttempt.objects.get(pk=attempt.pk).provider_ref)
    PaymentAttempt.objects.update(created_at=timezone.now() - timedelta(minutes=3))

    operations.reconcile_payments(timezone.now())

    assert Payment.objects.get().refunded == 5000


def test_a_refund_that_was_given_up_and_happens_all_the_same_is_booked(
    hundred: Order,
    cards: CardServer,
    pay_by_card: Pay,
    settle_all: Settle,
    tell: Callable[..., int],
) -> None:
    pay_by_card(hundred)
    cards.refunds_are = "pending"
    (attempt,) = refund(hundred, 5000)
    settle_all()
    attempt.refresh_from_db()
    give_up(attempt, "Nobody knew of it.")

    tell(cards.complete_refund(attempt.provider_ref))
    settle_all()

    payment = Payment.objects.get()
    assert (payment.refund_claimed, payment.refunded) == (5000, 5000)
    attempt.refresh_from_db()
    assert attempt.status == "succeeded"
    assert our_ledger() == cards.ledger()


def test_a_refund_that_fails_later_is_taken_back(
    hundred: Order,
    cards: CardServer,
    pay_by_card: Pay,
    settle_all: Settle,
    tell: Callable[..., int],
) -> None:
    pay_by_card(hundred)
    (attempt,) = refund(hundred, 5000)
    settle_all()
    attempt.refresh_from_db()

    for event in [cards.fail_refund(attempt.provider_ref)] * 2:
        assert tell(event) == 200
    settle_all()

    hundred.refresh_from_db()
    payment = Payment.objects.get()
    assert (payment.refunded, payment.refund_claimed, hundred.refunded) == (0, 0, 0)
    assert PaymentAttempt.objects.get(kind="refund").status == "failed"
    kinds = PaymentEntry.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["capture", "refund", "refund_failed"]
    assert our_ledger() == cards.ledger()
    refund(hundred, 5000)
    settle_all()
    assert our_ledger() == cards.ledger()


def test_a_refund_made_at_the_provider_is_booked(
    hundred: Order,
    cards: CardServer,
    pay_by_card: Pay,
    settle_all: Settle,
    tell: Callable[..., int],
) -> None:
    payment = pay_by_card(hundred)

    tell(cards.refund_by_hand(payment.provider_ref, 2000))
    settle_all()

    hundred.refresh_from_db()
    assert (hundred.refunded, hundred.payment_status) == (2000, "partially_paid")
    assert our_ledger() == cards.ledger()


def test_money_lost_in_a_dispute_is_gone(
    hundred: Order,
    cards: CardServer,
    pay_by_card: Pay,
    settle_all: Settle,
    tell: Callable[..., int],
) -> None:
    payment = pay_by_card(hundred)

    for event in [cards.lose_dispute(payment.provider_ref, 10000)] * 2:
        tell(event)
    settle_all()

    hundred.refresh_from_db()
    assert (hundred.refunded, hundred.payment_status) == (10000, "refunded")
    assert Event.objects.filter(type="order.chargeback").count() == 1
    assert our_ledger() == cards.ledger()


def test_a_cancelled_order_gives_back_what_was_paid(
    hundred: Order, cards: CardServer, pay_by_card: Pay, alice: User, settle_all: Settle
) -> None:
    pay_by_card(hundred)
    orders.cancel_order(order=hundred, reason="Broken", cancelled_by=alice)

    settle_all()

    hundred.refresh_from_db()
    assert (hundred.status, hundred.kept, hundred.payment_status) == ("cancelled", 0, "refunded")
    assert not Credit.objects.exists()
    assert our_ledger() == cards.ledger()


def test_a_cancelled_order_lets_go_of_what_is_held(
    hundred: Order, cards: CardServer, pay_by_card: Pay, alice: User, settle_all: Settle
) -> None:
    pay_by_card(hundred, capture_method=Payment.CaptureMethod.MANUAL)
    orders.cancel_order(order=hundred, reason="Broken", cancelled_by=alice)

    settle_all()

    hundred.refresh_from_db()
    assert (hundred.authorized, Payment.objects.get().status) == (0, "voided")
    assert our_ledger() == cards.ledger()


def test_nothing_is_returned_where_nothing_was_paid(hundred: Order) -> None:
    with pytest.raises(orders.MoveNotAllowed):
        refund(hundred, 1)


def test_the_same_request_is_done_once(hundred: Order, alice: User) -> None:
    operations.mark_as_paid(order=hundred, method=Payment.Method.CASH, marked_by=alice)
    once = operations.Request("a", "body")

    refund(hundred, 1000, request=once)
    with pytest.raises(operations.AlreadyAsked):
        refund(hundred, 1000, request=once)
    with pytest.raises(operations.KeyReused) as reused:
        refund(hundred, 2000, request=operations.Request("a", "another body"))

    assert reused.value.field == "Idempotency-Key"
    assert Payment.objects.get().refund_claimed == 1000


@pytest.mark.django_db(transaction=True)
def test_the_same_request_at_once_is_done_once(hundred: Order, alice: User) -> None:
    operations.mark_as_paid(order=hundred, method=Payment.Method.CASH, marked_by=alice)
    same = partial(refund, hundred, 1000, request=operations.Request("a", "body"))

    outcomes = at_once([same] * 4)

    assert sum(isinstance(one, operations.AlreadyAsked) for one in outcomes) == 3
    assert Payment.objects.get().refund_claimed == 1000


@pytest.mark.django_db(transaction=True)
def test_the_same_refund_of_all_asked_for_again_before_the_first_is_through_was_asked_for(
    order: Order, alice: User
) -> None:
    operations.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=alice)
    refund = partial(
        operations.request_refund,
        order=order,
        amount=4998,
        requested_by=alice,
        handed_over=True,
        request=operations.Request("abc", "the same"),
    )

    again = overtaking(refund, refund)

    assert isinstance(again, operations.AlreadyAsked)
    order.refresh_from_db()
    assert (order.captured, order.refunded) == (4998, 4998)
