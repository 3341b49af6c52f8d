"""Money on the order's page: recorded, taken, let go, returned; what was typed is kept."""

import re
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import User
from apps.events.models import Delivery
from apps.events.operations import dispatch_events
from apps.orders import operations as orders
from apps.orders.models import Order
from apps.payments import operations
from apps.payments.models import Payment, PaymentAttempt
from tests.payments.conftest import our_ledger
from tests.payments.provider import CardServer

Pay = Callable[..., Payment]
HERE = "/acme/orders/1/"


@pytest.fixture
def desk(client: Client, alice: User, order: Order) -> Client:
    client.force_login(alice)
    return client


def test_a_part_is_recorded(desk: Client, order: Order) -> None:
    typed = {"amount": "12.34", "method": "cash", "reference": "till 3", "key": "one"}

    for _ in range(2):
        assert desk.post(f"{HERE}payments/", typed)["Location"] == HERE

    payment = Payment.objects.get()
    assert (payment.captured, payment.reference) == (1234, "till 3")
    assert "till 3" in desk.get(HERE).text


WRONG = [
    "",
    "0",
    "-1",
    "0.001",
    "1,5,5",
    "abc",
    "NaN",
    "Infinity",
    "1e400",
    "9" * 30,
    "\x00",
    "1.999",
]


@pytest.mark.parametrize("amount", WRONG)
@pytest.mark.parametrize("door", ["payments/", "refund/"])
def test_what_is_no_amount_is_refused_and_kept(
    desk: Client, order: Order, door: str, amount: str
) -> None:
    typed = {"amount": amount, "method": "cash", "reference": "kept", "reason": "kept"}

    answer = desk.post(f"{HERE}{door}", typed)

    assert answer.status_code == 422
    assert "kept" in answer.text
    assert 'class="errors"' in answer.text
    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    "typed",
    [
        {"method": "shells"},
        {"method": "card"},
        {"method": ""},
        {"reference": "x" * 101},
        {"reference": "\x00"},
    ],
)
def test_a_record_that_makes_no_sense_is_refused(
    desk: Client, order: Order, typed: dict[str, str]
) -> None:
    whole = {"amount": "5.55", "method": "cash", "reference": ""} | typed

    answer = desk.post(f"{HERE}payments/", whole)

    assert answer.status_code == 422
    assert 'value="5.55"' in answer.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": "49.99"}, "more than can still be returned"),
        ({"reason": ""}, "This field is required"),
        ({"reason": "x" * 501}, "at most 500 characters"),
        ({"reason": "\x00"}, "Null characters are not allowed"),
    ],
)
def test_a_refund_that_cannot_be_is_refused_and_kept(
    desk: Client, order: Order, typed: dict[str, str], said: str
) -> None:
    operations.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=None)

    answer = desk.post(f"{HERE}refund/", {"amount": "1.23", "reason": "Late"} | typed)

    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{typed.get("amount", "1.23")}"' in answer.text


def test_money_that_goes_back_by_itself_is_not_asked_for(
    desk: Client, order: Order, settle_all: Callable[[], int]
) -> None:
    """A moment passes between the cancellation and the refund: nobody is told to make another."""
    operations.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=None)
    settle_all()
    orders.cancel_order(order=order, reason="Broken", cancelled_by=None)

    page = desk.get(HERE).text
    assert "The refund is being prepared." in page
    assert "More money is here than the order comes to." not in page
    settle_all()
    assert "Hand the money back" in desk.get(HERE).text


def test_money_that_should_have_gone_back_by_itself_is_asked_for(
    desk: Client, order: Order, settle_all: Callable[[], int]
) -> None:
    operations.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=None)
    settle_all()
    orders.cancel_order(order=order, reason="Broken", cancelled_by=None)
    dispatch_events()

    Delivery.objects.filter(reaction="return-money").update(dead_at=timezone.now())

    assert "More money is here than the order comes to." in desk.get(HERE).text


def test_money_is_returned(desk: Client, order: Order) -> None:
    operations.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=None)
    typed = {"amount": "10.00", "reason": "Late", "key": "one"}

    for _ in range(2):
        assert desk.post(f"{HERE}refund/", typed)["Location"] == HERE

    page = desk.get(HERE).text
    assert "Hand the money back" in page
    assert Payment.objects.get().refund_claimed == 1000
    attempt = PaymentAttempt.objects.get()
    for _ in range(2):
        assert desk.post(f"{HERE}refunds/{attempt.pk}/")["Location"] == HERE

    order.refresh_from_db()
    assert order.refunded == 1000
    page = desk.get(HERE).text
    assert "€10.00 were handed over." in page
    assert "Hand the money back" not in page
    assert "Refunded" in page


def test_money_handed_over_already_is_returned(desk: Client, order: Order) -> None:
    operations.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=None)
    typed = {"amount": "10.00", "reason": "Late", "handed_over": "on"}

    desk.post(f"{HERE}refund/", typed)

    order.refresh_from_db()
    assert order.refunded == 1000


def test_what_is_handed_back_is_not_offered_a_second_time(desk: Client, order: Order) -> None:
    operations.record_payment(
        order=order, amount=6000, method=Payment.Method.CASH, recorded_by=None
    )
    assert 'value="10.02"' in desk.get(HERE).text

    desk.post(f"{HERE}refund/", {"amount": "10.02", "reason": "Too much"})

    page = desk.get(HERE).text
    assert 'value="10.02"' not in page
    assert page.count("Mark as refunded") == 1


@pytest.mark.parametrize("door", ["refund/", "payments/"])
def test_money_that_two_people_saw_moves_once(desk: Client, order: Order, door: str) -> None:
    """Each looked at the same page; what the second one sends would be goodwill, or too much."""
    operations.record_payment(
        order=order, amount=4000, method=Payment.Method.CASH, recorded_by=None
    )
    order.refresh_from_db()
    typed = {"amount": "9.98", "method": "cash", "reason": "x", "version": str(order.version)}

    first, second = (desk.post(f"{HERE}{door}", typed | {"key": key}) for key in "ab")

    assert (first.status_code, second.status_code) == (302, 409)
    assert 'value="9.98"' in second.text
    claimed, captured = Payment.objects.aggregate(Sum("refund_claimed"), Sum("captured")).values()
    assert (claimed, captured) == ((998, 4000) if door == "refund/" else (0, 4998))


def test_what_is_owed_to_the_customer_is_offered(desk: Client, order: Order, alice: User) -> None:
    operations.record_payment(
        order=order, amount=6000, method=Payment.Method.CASH, recorded_by=alice
    )

    assert 'value="10.02"' in desk.get(HERE).text


def test_held_money_is_taken(
    desk: Client, order: Order, cards: CardServer, pay_by_card: Pay
) -> None:
    payment = pay_by_card(order, capture_method=Payment.CaptureMethod.MANUAL)
    door = f"{HERE}payments/{payment.pk}/capture/"
    assert 'value="49.98"' in desk.get(HERE).text

    refused = desk.post(door, {"amount": "49.99"})
    assert (refused.status_code, 'value="49.99"' in refused.text) == (422, True)
    assert "No more can be taken than is held." in refused.text
    assert desk.post(door, {"amount": "40.00"})["Location"] == HERE

    assert our_ledger() == cards.ledger()
    assert Payment.objects.get().captured == 4000


def test_no_name_stands_twice_on_a_page_of_many_forms(
    desk: Client, order: Order, cards: CardServer, pay_by_card: Pay
) -> None:
    operations.record_payment(order=order, amount=100, method=Payment.Method.CASH, recorded_by=None)
    pay_by_card(order, capture_method=Payment.CaptureMethod.MANUAL)

    ids = re.findall(r' id="([^"]+)"', desk.get(HERE).text)

    assert any(one.startswith("capture") for one in ids)
    assert [one for one in ids if ids.count(one) > 1] == []


def test_held_money_is_let_go(
    desk: Client, order: Order, cards: CardServer, pay_by_card: Pay
) -> None:
    payment = pay_by_card(order, capture_method=Payment.CaptureMethod.MANUAL)
    door = f"{HERE}payments/{payment.pk}/void/"

    assert desk.post(door)["Location"] == HERE
    again = desk.post(door)

    assert our_ledger() == cards.ledger()
    assert (again.status_code, "It is voided." in again.text) == (422, True)


def test_a_provider_that_is_away_is_said_on_the_form(
    desk: Client, order: Order, cards: CardServer, pay_by_card: Pay
) -> None:
    payment = pay_by_card(order, capture_method=Payment.CaptureMethod.MANUAL)
    cards.dead = True

    answer = desk.post(f"{HERE}payments/{payment.pk}/capture/", {"amount": "40.00"})

    assert answer.status_code == 422
    assert "Stripe did not answer" in answer.text
    assert "No answer yet" in desk.get(HERE).text


def test_the_link_to_pay_is_offered_while_there_is_something_to_pay(
    desk: Client, order: Order, cards: CardServer, pay_by_card: Pay
) -> None:
    assert "Checkout link" in desk.get(HERE).text

    pay_by_card(order)

    page = desk.get(HERE).text
    assert "Checkout link" not in page
    assert "Card" in page


def test_a_payment_of_another_order_is_not_there(desk: Client, order: Order) -> None:
    for door in ("capture", "void"):
        assert desk.post(f"{HERE}payments/999/{door}/", {"amount": "1"}).status_code == 404


def test_whoever_may_only_look_sees_no_forms(
    client: Client, victor: User, order: Order, cards: CardServer
) -> None:
    client.force_login(victor)
    operations.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=None)

    page = client.get(HERE).text

    assert "Cash" in page
    assert "Refund money" not in page
    assert "Checkout link" not in page


def test_the_page_asks_the_database_the_same_however_many_payments_there_are(
    desk: Client, order: Order
) -> None:
    asked = []
    for amount in (100, 200, 300):
        operations.record_payment(
            order=order, amount=amount, method=Payment.Method.CASH, recorded_by=None
        )
        operations.request_refund(order=order, amount=50, reason="x", requested_by=None)
        with CaptureQueriesContext(connection) as queries:
            desk.get(HERE)
        asked.append(len(queries))

    assert len(set(asked)) == 1


def test_the_operator_settles_what_is_open(order: Order, cards: CardServer) -> None:
    payment = operations.start_card_payment(order=order).payment
    cards.pay(payment.provider_ref)
    said = StringIO()

    call_command("reconcile_payments", stdout=said)
    call_command("reconcile_payments", payment=payment.pk, stdout=said)

    assert said.getvalue() == f"0 settled.\nPayment {payment.pk} of Order 1 is captured.\n"
    with pytest.raises(CommandError, match="no payment 999"):
        call_command("reconcile_payments", payment=999)
    cards.dead = True
    with pytest.raises(CommandError, match="did not answer"):
        call_command("reconcile_payments", payment=payment.pk)


def test_attempts_end_once(order: Order, cards: CardServer) -> None:
    operations.start_card_payment(order=order)
    with pytest.raises(IntegrityError, match="attempt_ends_once"), transaction.atomic():
        PaymentAttempt.objects.update(status="unknown", finished_at=timezone.now())
