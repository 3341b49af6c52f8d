"""Money through the API: every request that moves it has a name, and is done once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Organization, User
from apps.orders import operations as orders
from apps.orders.models import Order
from apps.payments import operations
from apps.payments.models import Payment, PaymentAttempt
from tests.payments.conftest import our_ledger
from tests.payments.provider import CardServer

Pay = Callable[..., Payment]
Ask = Callable[..., Any]


@pytest.fixture
def ask(api_key: str) -> Ask:
    """Send a request as a program of Acme; `key` is its Idempotency-Key."""

    def send(path: str, sent: object = None, *, key: str | None = "k") -> Any:
        headers = {"Authorization": f"Bearer {api_key}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        if sent is None:
            return Client().get(f"/api/v1/orders/1/{path}", headers=headers)
        return Client().post(
            f"/api/v1/orders/1/{path}", sent, content_type="application/json", headers=headers
        )

    return send


def test_money_by_hand_is_recorded_once(order: Order, ask: Ask) -> None:
    sent = {"amount": 4998, "method": "cash", "reference": "till 3"}

    first, again = ask("payments", sent), ask("payments", sent)
    other = ask("payments", sent | {"amount": 1})

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 422)
    assert again["Idempotent-Replayed"] == "true"
    assert other.json()["errors"][0]["field"] == "Idempotency-Key"
    assert first.json() == again.json()
    assert (first.json()["payment_status"], first.json()["balance"]) == ("paid", 0)
    assert Payment.objects.get().reference == "till 3"


def test_the_key_of_one_organization_is_free_in_another(
    order: Order, ask: Ask, globex: Organization, jo: orders.Buyer
) -> None:
    ask("payments", {"amount": 5})
    theirs = Payment.objects.get()
    assert not Payment.objects.filter(organization=globex, idempotency_key="k").exists()
    assert theirs.idempotency_key == "k"


@pytest.mark.parametrize("path", ["payments", "refunds", "payments/1/capture", "payments/1/void"])
def test_what_moves_money_has_to_be_named(order: Order, ask: Ask, path: str) -> None:
    for key in (None, "", "k" * 256):
        answer = ask(path, {"amount": 5}, key=key)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


def test_the_link_to_pay(order: Order, ask: Ask, client: Client) -> None:
    links = [
        ask("checkout-link", {"capture": one}).json()["url"] for one in ("automatic", "manual")
    ]

    assert links[0] == ask("checkout-link", {}).json()["url"] != links[1]
    for link in links:
        assert client.get(link.removeprefix("http://localhost:8000")).status_code == 200


def test_held_money_is_taken_in_part_and_once(
    order: Order, ask: Ask, cards: CardServer, pay_by_card: Pay
) -> None:
    payment = pay_by_card(order, capture_method=Payment.CaptureMethod.MANUAL)
    path = f"payments/{payment.pk}/capture"

    answers = [ask(path, {"amount": 3000}), ask(path, {"amount": 3000})]

    assert [one.status_code for one in answers] == [201, 200]
    (shown,) = answers[0].json()["payments"]
    assert (shown["status"], shown["captured"]) == ("captured", 3000)
    assert [one["kind"] for one in shown["entries"]] == ["authorize", "capture", "void"]
    assert our_ledger() == cards.ledger()
    assert ask(path, {"amount": 1}, key="other").status_code == 409


def test_held_money_is_let_go(order: Order, ask: Ask, cards: CardServer, pay_by_card: Pay) -> None:
    payment = pay_by_card(order, capture_method=Payment.CaptureMethod.MANUAL)

    answer = ask(f"payments/{payment.pk}/void", {"reason": "Not today"})

    assert answer.json()["payments"][0]["status"] == "voided"
    assert our_ledger() == cards.ledger()


def test_a_refund_is_asked_for_and_carried_out(
    order: Order,
    ask: Ask,
    cards: CardServer,
    pay_by_card: Pay,
    settle_all: Callable[[], int],
) -> None:
    payment = pay_by_card(order)
    sent = {"amount": 1666, "reason": "A third", "payment": payment.pk}

    asked, again = ask("refunds", sent), ask("refunds", sent)
    settle_all()

    assert (asked.status_code, again.status_code) == (201, 200)
    shown = asked.json()["payments"][0]
    assert (shown["refund_claimed"], shown["refunded"]) == (1666, 0)
    assert ask("payments").json()["refunded"] == 1666
    assert our_ledger() == cards.ledger()


def test_cash_is_returned_once_that_is_said(order: Order, ask: Ask) -> None:
    ask("payments", {"amount": 4998, "method": "cash"}, key="paid")

    (payment,) = ask("refunds", {"amount": 1000}).json()["payments"]
    (attempt,) = payment["attempts"]
    assert (attempt["status"], payment["refund_claimed"], payment["refunded"]) == (
        "pending",
        1000,
        0,
    )

    for _ in range(2):
        answer = ask(f"refunds/{attempt['id']}/handed-over", {})
        assert (answer.status_code, answer.json()["refunded"]) == (200, 1000)
    assert ask("refunds/4711/handed-over", {}).status_code == 404


def test_cash_handed_over_already_is_returned(order: Order, ask: Ask) -> None:
    ask("payments", {"amount": 4998, "method": "cash"}, key="paid")

    answer = ask("refunds", {"amount": 1000, "handed_over": True})

    assert answer.json()["refunded"] == 1000


def test_a_capture_without_an_answer_is_503_and_done_once(
    order: Order, ask: Ask, cards: CardServer, pay_by_card: Pay
) -> None:
    payment = pay_by_card(order, capture_method=Payment.CaptureMethod.MANUAL)
    cards.break_next("lost", "/capture")

    answer = ask(f"payments/{payment.pk}/capture", {})
    again = ask(f"payments/{payment.pk}/capture", {})

    assert (answer.status_code, again.status_code) == (503, 200)
    assert PaymentAttempt.objects.get(kind="capture").status == "unknown"


BAD = [
    {"amount": 0},
    {"amount": -1},
    {"amount": 1.5},
    {"amount": "12"},
    {"amount": True},
    {"amount": 10**16},
    {"amount": 10**40},
    {"amount": None},
    {"amount": []},
    {},
    {"amount": 1, "reason": "x" * 501},
    {"amount": 1, "reason": "\x00"},
    {"amount": 1, "reason": 7},
    {"amount": 1, "payment": "one"},
    {"amount": 1, "payment": -1},
    {"amount": 1, "payment": 10**30},
]


@pytest.mark.parametrize("sent", BAD, ids=repr)
def test_a_refund_that_makes_no_sense_is_refused(order: Order, ask: Ask, sent: object) -> None:
    operations.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=None)

    answer = ask("refunds", sent)

    # What is no object at all is not even read.
    assert answer.status_code == (422 if isinstance(sent, dict) else 400)
    assert answer["Content-Type"] == "application/problem+json"
    assert Payment.objects.get().refund_claimed == 0


@pytest.mark.parametrize("sent", ["[]", '"x"', "{", "", "null", "\x00"])
@pytest.mark.parametrize("path", ["payments", "refunds", "payments/1/capture", "payments/1/void"])
def test_what_is_no_object_is_refused(order: Order, ask: Ask, path: str, sent: str) -> None:
    answer = ask(path, sent)

    assert answer.status_code in {400, 422}
    assert answer["Content-Type"] == "application/problem+json"


BAD_PAYMENTS = [
    {"amount": 0},
    {"amount": "5"},
    {"amount": 5, "method": "card"},
    {"amount": 5, "method": "shells"},
    {"amount": 5, "reference": "x" * 101},
    {"amount": 5, "reference": "\x00"},
    {"amount": 5, "reference": None},
    {},
]


@pytest.mark.parametrize("sent", BAD_PAYMENTS, ids=repr)
def test_a_payment_that_makes_no_sense_is_refused(order: Order, ask: Ask, sent: object) -> None:
    answer = ask("payments", sent)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in {"amount", "method", "reference"}
    assert not Payment.objects.exists()


@pytest.mark.parametrize("amount", [4999, 10**15])
def test_more_than_is_here_is_refused_by_its_name(order: Order, ask: Ask, amount: int) -> None:
    operations.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=None)

    answer = ask("refunds", {"amount": amount})

    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/refund-too-large"
    assert answer.json()["errors"][0]["field"] == "amount"


@pytest.mark.parametrize("path", ["payments/999/capture", "payments/999/void"])
def test_a_payment_of_another_order_is_not_there(order: Order, ask: Ask, path: str) -> None:
    assert ask(path, {}).status_code == 404
    assert ask("refunds", {"amount": 1, "payment": 999}).status_code == 404


def test_who_saw_another_version_is_refused(order: Order, api_key: str) -> None:
    def record(etag: str, key: str) -> Any:
        return Client().post(
            "/api/v1/orders/1/payments",
            {"amount": 5},
            content_type="application/json",
            headers={
                "Authorization": f"Bearer {api_key}",
                "Idempotency-Key": key,
                "If-Match": etag,
            },
        )

    former = f'"v{order.version}"'
    first, second = record(former, "one"), record(former, "two")

    assert (first.status_code, second.status_code) == (201, 412)
    assert record(first["ETag"], "three").status_code == 201
    assert Payment.objects.count() == 2


def test_a_payment_by_hand_is_neither_taken_nor_let_go(order: Order, ask: Ask, alice: User) -> None:
    payment = operations.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=alice)

    assert ask(f"payments/{payment.pk}/capture", {}).status_code == 409
    assert ask(f"payments/{payment.pk}/void", {}).status_code == 409
