from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.catalog.models import Variant
from apps.events.models import Event
from apps.fulfillment import operations as fulfillment
from apps.inventory.models import Reservation, StockLevel, StockMovement
from apps.orders import operations, rules
from apps.orders.models import Order
from apps.payments import operations as payments
from apps.payments.models import Payment


def pay(order: Order) -> None:
    payments.mark_as_paid(
        order=order, method=Payment.Method.BANK_TRANSFER, reference="RF18", marked_by=None
    )
    order.refresh_from_db()


def story(order: Order) -> list[str]:
    events = Event.objects.filter(aggregate_type="order", aggregate_id=order.pk)
    return list(events.order_by("sequence").values_list("type", flat=True))


def test_a_paid_order_confirms_itself(order: Order) -> None:
    pay(order)

    assert (order.status, order.payment_status) == ("confirmed", "paid")
    assert order.expires_at is None
    assert story(order) == [
        "order.placed",
        "order.captured",
        "order.paid",
        "order.confirmed",
    ]


def test_an_order_is_paid_once(order: Order) -> None:
    pay(order)

    with pytest.raises(operations.MoveNotAllowed, match="paid in full"):
        pay(order)

    assert Payment.objects.get().captured == order.total == order.captured


def test_staff_may_confirm_without_money(order: Order, alice: User) -> None:
    order = operations.confirm_order(order=order, confirmed_by=alice)

    assert (order.status, order.payment_status) == ("confirmed", "unpaid")


def test_nothing_ships_before_it_is_confirmed(order: Order, alice: User) -> None:
    with pytest.raises(operations.MoveNotAllowed, match="Only confirmed orders"):
        fulfillment.ship_order(order=order, shipped_by=alice)

    assert not StockMovement.objects.filter(kind="shipment").exists()


def test_shipping_takes_the_goods_off_the_shelf(order: Order, teapot: Variant, alice: User) -> None:
    pay(order)

    [parcel] = fulfillment.ship_order(order=order, carrier="DHL", shipped_by=alice)

    level = StockLevel.objects.get(variant=teapot)
    assert (level.on_hand, level.reserved) == (8, 0)
    assert parcel.lines.get().quantity == 2
    assert StockMovement.objects.get(kind="shipment").delta == -2
    assert Reservation.objects.get().state == "consumed"


def test_a_paid_and_shipped_order_completes_itself(order: Order, alice: User) -> None:
    pay(order)
    fulfillment.ship_order(order=order, shipped_by=alice)

    order.refresh_from_db()
    assert (order.status, order.fulfillment_status) == ("completed", "fulfilled")
    assert story(order)[-2:] == ["order.shipped", "order.completed"]
    assert order.version == len(story(order))


def test_an_order_shipped_on_account_completes_when_the_money_comes(
    order: Order, alice: User
) -> None:
    operations.confirm_order(order=order, confirmed_by=alice)
    fulfillment.ship_order(order=order, shipped_by=alice)
    order.refresh_from_db()
    assert order.status == "confirmed"

    pay(order)

    assert order.status == "completed"


def test_an_order_ships_once(order: Order, alice: User) -> None:
    operations.confirm_order(order=order, confirmed_by=alice)
    fulfillment.ship_order(order=order, shipped_by=alice)

    with pytest.raises(operations.MoveNotAllowed, match="Everything has been shipped"):
        fulfillment.ship_order(order=order, shipped_by=alice)


def test_cancelling_gives_the_stock_back(order: Order, teapot: Variant, alice: User) -> None:
    operations.cancel_order(order=order, reason="Changed their mind", cancelled_by=alice)

    level = StockLevel.objects.get(variant=teapot)
    order.refresh_from_db()
    assert (level.on_hand, level.reserved) == (10, 0)
    assert (order.status, order.closed_reason) == ("cancelled", "Changed their mind")


def test_a_shipped_order_is_not_cancelled(order: Order, alice: User) -> None:
    operations.confirm_order(order=order, confirmed_by=alice)
    fulfillment.ship_order(order=order, shipped_by=alice)

    with pytest.raises(operations.MoveNotAllowed, match="shipped"):
        operations.cancel_order(order=order, reason="Late", cancelled_by=alice)


def test_a_paid_order_that_is_cancelled_owes_the_money_back(order: Order, alice: User) -> None:
    pay(order)

    order = operations.cancel_order(order=order, reason="Late", cancelled_by=alice)

    assert (order.status, order.payment_status, order.balance) == ("cancelled", "overpaid", -4998)


def test_an_unpaid_order_expires_when_its_time_is_over(order: Order, teapot: Variant) -> None:
    later = timezone.now() + timedelta(hours=25)

    assert operations.expire_unpaid_orders(later) == 1
    assert operations.expire_unpaid_orders(later) == 0

    order.refresh_from_db()
    assert order.status == "expired"
    assert StockLevel.objects.get(variant=teapot).reserved == 0


def test_an_order_with_time_left_does_not_expire(order: Order) -> None:
    with pytest.raises(operations.MoveNotAllowed, match="time"):
        operations.expire_order(order=order, now=timezone.now())


def test_a_payment_wins_against_the_sweep(order: Order) -> None:
    """A20: the sweep chose the order before the money came."""
    pay(order)

    with pytest.raises(operations.MoveNotAllowed, match="has been paid"):
        operations.expire_order(order=order, now=timezone.now() + timedelta(hours=25))


def test_an_expired_order_takes_no_money(order: Order) -> None:
    operations.expire_order(order=order, now=timezone.now() + timedelta(hours=25))

    with pytest.raises(operations.MoveNotAllowed, match="expired"):
        pay(order)


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        ("draft", ["place"]),
        ("pending", ["confirm", "hold", "pay", "cancel"]),
        ("confirmed", ["edit", "hold", "pay", "pick", "ship", "cancel"]),
        ("completed", ["pay"]),
        ("cancelled", []),
        ("expired", ["revive"]),
    ],
)
def test_what_may_be_done_follows_from_the_status(status: str, allowed: list[str]) -> None:
    order = Order(status=status, number=7, total=100)

    assert rules.allowed_actions(order) == allowed


def test_an_action_that_is_not_allowed_says_why() -> None:
    order = Order(status="cancelled", number=7)

    assert all(action.reason for action in rules.actions(order))
