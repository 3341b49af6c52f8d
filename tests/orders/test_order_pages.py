"""The list and the page of an order, and the doors of what can be done to it."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.fulfillment import operations as fulfillment
from apps.fulfillment.models import Return
from apps.orders import operations
from apps.orders.models import Adjustment, Order
from apps.payments import operations as payments
from apps.payments.models import Payment
from tests.paying import pay
from tests.payments.conftest import cards, pay_by_card  # noqa: F401 - fixtures


@pytest.fixture
def desk(client: Client, alice: User, acme: Organization) -> Client:
    """Alice at her desk."""
    client.force_login(alice)
    return client


def test_an_empty_list_says_what_to_do(desk: Client) -> None:
    page = desk.get("/acme/orders/")

    assert "Your first order goes here" in page.text
    assert "/acme/orders/new/" in page.text


def test_the_list_shows_who_ordered_and_for_how_much(desk: Client, order: Order) -> None:
    page = desk.get("/acme/orders/")

    assert "Jo March" in page.text
    assert "€49.98" in page.text
    assert "Pending" in page.text


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("", True),
        ("status=pending", True),
        ("status=confirmed", False),
        ("q=march", True),
        ("q=jo@customer.example", True),
        ("q=1", True),
        ("q=2", False),
        ("q=%00", True),
        ("after=nonsense", True),
        ("status=%00", True),
    ],
)
def test_the_list_is_filtered_and_searched(
    desk: Client, order: Order, query: str, is_found: bool
) -> None:
    page = desk.get(f"/acme/orders/?{query}")

    assert page.status_code == 200
    assert ('href="/acme/orders/1/"' in page.text) is is_found


def test_older_orders_are_one_link_away(
    desk: Client, acme: Organization, teapot: Variant, jo: operations.Buyer, alice: User
) -> None:
    Variant.objects.update(track_stock=False)
    teapot.refresh_from_db()
    for _ in range(51):
        operations.place_order(
            organization=acme, buyer=jo, items=[operations.Item(teapot, 1)], placed_by=alice
        )

    first = desk.get("/acme/orders/")
    second = desk.get("/acme/orders/", {"after": first.context["page"].next})

    assert len(first.context["page"].orders) == 50
    assert [one.number for one in second.context["page"].orders] == [1]
    assert 'rel="next"' not in second.text


def test_the_list_takes_the_same_statements_however_long(
    desk: Client,
    acme: Organization,
    kettle: Variant,
    order: Order,
    jo: operations.Buyer,
    alice: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    desk.get("/acme/orders/")
    with django_assert_num_queries(9):
        desk.get("/acme/orders/")

    for _ in range(3):
        operations.place_order(
            organization=acme, buyer=jo, items=[operations.Item(kettle, 1)], placed_by=alice
        )

    with django_assert_num_queries(9):
        desk.get("/acme/orders/")


def test_the_page_of_an_order_takes_few_statements(
    desk: Client,
    order: Order,
    alice: User,
    settle_all: Callable[[], int],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    payments.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=alice)
    fulfillment.ship_order(order=order, carrier="DHL", shipped_by=alice)
    settle_all()
    desk.get("/acme/orders/1/")

    with django_assert_max_num_queries(15):
        page = desk.get("/acme/orders/1/")

    assert "Invoice ready to download" in page.text
    assert "Download PDF" in page.text


def test_the_page_of_a_new_order_asks_for_its_payment(desk: Client, order: Order) -> None:
    page = desk.get("/acme/orders/1/")

    assert page.context["next_action"] == "pay"
    assert "Wait for €49.98, then mark it as paid" in page.text
    assert "It ships once it is confirmed." in page.text
    assert page.context["actions"]["ship"].reason.startswith("Only confirmed orders are shipped")


def test_times_are_those_of_the_organization(
    desk: Client, acme: Organization, order: Order
) -> None:
    Order.objects.update(placed_at="2026-07-01T22:30:00Z")
    Organization.objects.update(timezone="Europe/Berlin")

    page = desk.get("/acme/orders/1/")

    assert "Jul 2, 2026, 00:30" in page.text
    assert "2026-07-01T22:30:00+00:00" in page.text


def test_money_is_written_as_in_the_organizations_country(
    desk: Client, acme: Organization, order: Order
) -> None:
    Organization.objects.update(locale="de")

    page = desk.get("/acme/orders/1/")

    assert "49,98\N{NO-BREAK SPACE}€" in page.text


def test_confirming_leads_back_to_the_order(desk: Client, order: Order) -> None:
    answer = desk.post("/acme/orders/1/confirmation/")

    assert answer["Location"] == "/acme/orders/1/"
    order.refresh_from_db()
    assert order.status == Order.Status.CONFIRMED


def test_a_refused_confirmation_says_why(desk: Client, order: Order, alice: User) -> None:
    operations.cancel_order(order=order, reason="No", cancelled_by=alice)

    answer = desk.post("/acme/orders/1/confirmation/")

    assert answer.status_code == 422
    assert "Order 1 is cancelled." in answer.text


def test_cancelling_keeps_its_reason(desk: Client, order: Order) -> None:
    answer = desk.post("/acme/orders/1/cancellation/", {"reason": "Changed their mind"})

    assert answer["Location"] == "/acme/orders/1/"
    assert "Changed their mind" in desk.get("/acme/orders/1/").text


def test_cancelling_wants_a_reason(desk: Client, order: Order) -> None:
    answer = desk.post("/acme/orders/1/cancellation/", {"reason": " "})

    assert answer.status_code == 422
    assert "This field is required." in answer.text
    order.refresh_from_db()
    assert order.status == Order.Status.PENDING


def test_a_refused_cancellation_keeps_what_was_typed(
    desk: Client, order: Order, alice: User
) -> None:
    operations.confirm_order(order=order, confirmed_by=alice)
    fulfillment.ship_order(order=order, shipped_by=alice)

    answer = desk.post("/acme/orders/1/cancellation/", {"reason": "Changed their mind"})

    assert answer.status_code == 422
    assert "Some of it has been shipped." in answer.text
    assert "Changed their mind" in answer.text


def test_a_viewer_sees_the_order_and_no_way_to_change_it(
    client: Client, victor: User, order: Order
) -> None:
    client.force_login(victor)

    page = client.get("/acme/orders/1/")
    refused = client.post("/acme/orders/1/confirmation/")

    assert "Jo March" in page.text
    assert "<textarea" not in page.text
    assert "Mark as paid" not in page.text
    assert refused.status_code == 403
    assert "Your role in this organization is to look" in refused.text


def test_a_list_expects_nothing_of_an_order_that_is_cancelled(
    desk: Client, order: Order, alice: User
) -> None:
    open_ = _row_of(desk)
    operations.cancel_order(order=order, reason="Too late", cancelled_by=alice)
    cancelled = _row_of(desk)

    assert "Unpaid" in open_
    assert "Unfulfilled" in open_
    assert "Cancelled" in cancelled
    assert "badge-wait" not in cancelled
    # Money that is here after all has to go back.
    pay(order, order.total)
    assert "Overpaid" in _row_of(desk)


def _row_of(desk: Client) -> str:
    [row] = re.findall(r"<tbody>(.*)</tbody>", desk.get("/acme/orders/").text, re.DOTALL)
    return str(row)


def test_a_list_shows_what_is_to_be_looked_at(desk: Client, order: Order, kettle: Variant) -> None:
    """I6: money that came twice waits for somebody."""
    pay(order, order.total)
    pay(order, order.total)
    operations.place_order(
        organization=order.organization,
        buyer=operations.Buyer(name="Somebody else"),
        items=[operations.Item(kettle, 1)],
        placed_by=None,
    )

    overpaid = desk.get("/acme/orders/?payment_status=overpaid").text
    returned = desk.get("/acme/orders/?return_status=returned").text
    nonsense = desk.get("/acme/orders/?payment_status=mood&fulfillment_status=%00").text

    assert ("Jo March" in overpaid, "Somebody else" in overpaid) == (True, False)
    assert "No order is like this" in returned
    assert ("Jo March" in nonsense, "Somebody else" in nonsense) == (True, True)


def test_a_discount_without_a_name_of_its_own_is_named_once(
    desk: Client, acme: Organization, teapot: Variant, alice: User, jo: operations.Buyer
) -> None:
    for label in ("Discount", "Old friend"):
        operations.place_order(
            organization=acme,
            buyer=jo,
            items=[operations.Item(teapot, 1)],
            adjustments=[operations.AdjustmentItem(Adjustment.Kind.DISCOUNT, label, 100)],
            placed_by=alice,
        )

    assert ">Discount</dt>" in desk.get("/acme/orders/1/").text
    assert ">Discount · Old friend</dt>" in desk.get("/acme/orders/2/").text


def who_did(page: str) -> dict[str, str]:
    """What the history of a page tells, and of whom."""
    told = page.partition('id="order-history"')[2]
    return dict(
        re.findall(r'<span class="strong">([^<]*)</span>.*? · ([^·<]*)</p>\n</li>', told, re.DOTALL)
    )


def test_the_history_says_what_the_customer_did(
    desk: Client,
    order: Order,
    pay_by_card: Callable[..., Payment],  # noqa: F811
    alice: User,
) -> None:
    pay_by_card(order)
    fulfillment.ship_order(order=order, shipped_by=alice)
    line = order.lines.get().pk
    fulfillment.request_return(
        order=order,
        quantities={line: 1},
        reason="It is dented.",
        cause=Return.Cause.DAMAGED,
        requested_by=None,
    )

    page = desk.get("/acme/orders/1/").text

    assert who_did(page) == {
        "Order placed": "Alice",
        "Payment received": "Customer",
        "Paid in full": "Customer",
        "Order confirmed": "automatic",
        "Order completed": "automatic",
        "Pick list opened": "Alice",
        "Shipped": "Alice",
        "Return requested": "Customer",
    }
    told = desk.get("/acme/orders/1/history/").text.replace('id="history"', 'id="order-history"')
    assert who_did(told) == who_did(page)


def test_money_that_a_card_held_is_taken_by_the_shop_not_by_the_customer(
    desk: Client,
    order: Order,
    pay_by_card: Callable[..., Payment],  # noqa: F811
) -> None:
    payment = pay_by_card(order, capture_method=Payment.CaptureMethod.MANUAL)
    payments.capture_payment(payment=payment, amount=payment.authorized, requested_by=None)

    told = who_did(desk.get("/acme/orders/1/").text)

    assert told["Payment authorized"] == "Customer"
    assert told["Payment received"] == told["Paid in full"] == "automatic"


def test_a_return_that_a_program_announced_was_not_the_customer(
    desk: Client, order: Order, alice: User
) -> None:
    operations.confirm_order(order=order, confirmed_by=alice)
    fulfillment.ship_order(order=order, shipped_by=alice)
    fulfillment.request_return(
        order=order, quantities={order.lines.get().pk: 1}, reason="Blue", requested_by=None
    )

    assert who_did(desk.get("/acme/orders/1/").text)["Return requested"] == "automatic"
