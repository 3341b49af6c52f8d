"""
Real threads on a real database: what must hold when everybody comes at once.

Buyers differ, because orders of one customer already wait for each other at the customer's row.
"""

import itertools
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.fulfillment import operations as fulfillment
from apps.inventory import operations as inventory
from apps.inventory.models import Reservation, StockLevel
from apps.invoicing import operations as invoicing
from apps.invoicing.models import Invoice
from apps.orders import operations
from apps.orders.models import Order
from apps.payments import operations as payments
from apps.payments.models import Payment
from tests.together import at_once, overtaking

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def buy(acme: Organization) -> Callable[..., Callable[[], Order]]:
    """Return an act: somebody nobody knows yet buys one of each."""
    strangers = itertools.count()

    def somebody_buys(*variants: Variant) -> Callable[[], Order]:
        buyer = operations.Buyer(email=f"buyer-{next(strangers)}@customer.example")
        items = [operations.Item(variant, 1) for variant in variants]
        return lambda: operations.place_order(
            organization=acme, buyer=buyer, items=items, placed_by=None
        )

    return somebody_buys


def test_the_last_one_is_sold_once(
    buy: Callable[..., Callable[[], Order]], stock_product: Callable[..., Variant]
) -> None:
    """A1"""
    last = stock_product("LAST", "The last one", "5.00", 1)

    outcomes = at_once([buy(last) for _ in range(8)])

    assert [type(one) for one in outcomes].count(Order) == 1
    level = StockLevel.objects.get(variant=last)
    assert (level.on_hand, level.reserved) == (1, 1)


def test_baskets_in_opposite_order_neither_deadlock_nor_oversell(
    buy: Callable[..., Callable[[], Order]], teapot: Variant, kettle: Variant
) -> None:
    outcomes = at_once(
        [buy(*basket) for basket in [(teapot, kettle), (kettle, teapot)] for _ in range(4)]
    )

    placed = [one for one in outcomes if isinstance(one, Order)]
    assert len(placed) == 5
    assert sorted(order.number or 0 for order in placed) == [1, 2, 3, 4, 5]
    assert StockLevel.objects.get(variant=kettle).reserved == 5
    assert sum(Reservation.objects.values_list("quantity", flat=True)) == 10


def test_the_same_request_sent_twice_at_once_is_one_order(
    acme: Organization, teapot: Variant, jo: operations.Buyer
) -> None:
    """A7: at once."""
    origin = operations.Origin(Order.Channel.API, idempotency_key="k", request_fingerprint="f")

    def buy() -> Order:
        return operations.place_order(
            organization=acme,
            buyer=jo,
            items=[operations.Item(teapot, 1)],
            origin=origin,
            placed_by=None,
        )

    outcomes = at_once([buy] * 6)

    [order] = [one for one in outcomes if isinstance(one, Order)]
    assert all(one.order == order for one in outcomes if isinstance(one, operations.AlreadyPlaced))
    assert Order.objects.count() == 1


def test_money_counted_twice_at_once_is_captured_once(order: Order) -> None:
    def pay() -> Payment:
        return payments.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=None)

    outcomes = at_once([pay] * 4)

    assert [type(one) for one in outcomes].count(Payment) == 1
    order.refresh_from_db()
    assert order.captured == order.total


def test_an_order_shipped_twice_at_once_leaves_the_shelf_once(
    order: Order, teapot: Variant, alice: User
) -> None:
    """A4"""
    operations.confirm_order(order=order, confirmed_by=alice)

    at_once([lambda: fulfillment.ship_order(order=order, shipped_by=alice)] * 4)

    level = StockLevel.objects.get(variant=teapot)
    assert (level.on_hand, level.reserved) == (8, 0)


def test_a_sweep_that_meets_a_payment_waits_and_yields(order: Order) -> None:
    """A20"""
    later = timezone.now() + timedelta(hours=25)

    outcome = overtaking(
        lambda: payments.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=None),
        lambda: operations.expire_order(order=order, now=later),
    )

    order.refresh_from_db()
    assert isinstance(outcome, operations.MoveNotAllowed)
    assert (order.status, order.captured) == ("confirmed", order.total)


def test_a_payment_that_meets_a_sweep_is_refused(order: Order) -> None:
    """A20, the other way round: never expired and paid."""
    later = timezone.now() + timedelta(hours=25)

    outcome = overtaking(
        lambda: operations.expire_order(order=order, now=later),
        lambda: payments.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=None),
    )

    order.refresh_from_db()
    assert isinstance(outcome, operations.MoveNotAllowed)
    assert (order.status, order.captured) == ("expired", 0)


def test_an_order_cancelled_while_it_is_confirmed_is_one_of_the_two(
    order: Order, alice: User
) -> None:
    outcome = overtaking(
        lambda: operations.cancel_order(order=order, reason="No", cancelled_by=alice),
        lambda: operations.confirm_order(order=order, confirmed_by=alice),
    )

    order.refresh_from_db()
    assert isinstance(outcome, operations.MoveNotAllowed)
    assert order.status == "cancelled"


def test_stock_promised_meanwhile_is_not_promised_again(
    buy: Callable[..., Callable[[], Order]], stock_product: Callable[..., Variant]
) -> None:
    last = stock_product("LAST", "The last one", "5.00", 1)

    outcome = overtaking(buy(last), buy(last))

    assert isinstance(outcome, inventory.OutOfStock)


def test_invoices_issued_at_once_have_dense_numbers(
    acme: Organization, teapot: Variant, jo: operations.Buyer, alice: User
) -> None:
    """A9: those that fail leave no gap."""
    orders = []
    for _ in range(8):
        order = operations.place_order(
            organization=acme, buyer=jo, items=[operations.Item(teapot, 1)], placed_by=alice
        )
        # One in two stays pending, so that its invoice is refused.
        if order.number and order.number % 2:
            operations.confirm_order(order=order, confirmed_by=alice)
        orders.append(order)

    at_once([partial(invoicing.issue_invoice, order=order) for order in orders * 2])

    assert sorted(Invoice.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


def test_stock_taken_away_while_it_is_sold_is_not_promised(
    acme: Organization, kettle: Variant, jo: operations.Buyer, alice: User
) -> None:
    """A3"""
    location = inventory.default_location(acme)

    at_once(
        [
            lambda: inventory.adjust_stock(
                variant=kettle, location=location, delta=-5, reason="Broken", actor=alice
            ),
            lambda: operations.place_order(
                organization=acme, buyer=jo, items=[operations.Item(kettle, 5)], placed_by=None
            ),
        ]
    )

    level = StockLevel.objects.get(variant=kettle)
    assert (level.on_hand, level.reserved) in {(0, 0), (5, 5)}


@pytest.mark.parametrize("verb", ["place", "save", "discard"])
def test_a_draft_that_is_discarded_meanwhile_is_said_to_be(
    acme: Organization, teapot: Variant, jo: operations.Buyer, verb: str
) -> None:
    items = [operations.Item(teapot, 1)]
    draft = operations.save_draft(organization=acme, buyer=jo, items=items, saved_by=None)
    acts: dict[str, Callable[[], object]] = {
        "place": partial(operations.place_draft, draft=draft, placed_by=None),
        "save": partial(
            operations.save_draft,
            organization=acme,
            buyer=jo,
            items=items,
            draft=draft,
            saved_by=None,
        ),
        "discard": partial(operations.discard_draft, draft=draft),
    }

    refusal = overtaking(partial(operations.discard_draft, draft=draft), acts[verb])

    assert str(refusal) == "This draft has been discarded."
