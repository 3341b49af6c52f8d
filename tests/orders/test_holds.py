"""Holds, revival, and money that comes when nobody expects it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.events.models import Event
from apps.fulfillment import operations as fulfillment
from apps.inventory import operations as inventory
from apps.inventory.models import StockLevel
from apps.orders import operations
from apps.orders.models import Order, OrderHold
from tests.paying import pay


def hold(order: Order, kind: str = "manual") -> OrderHold:
    return operations.place_hold(
        order=order, kind=OrderHold.Kind(kind), reason="Odd address", placed_by=None
    )


def story(order: Order) -> list[str]:
    events = Event.objects.filter(aggregate_type="order", aggregate_id=order.pk)
    return list(events.order_by("sequence").values_list("type", flat=True))


def receive(order: Order, amount: int) -> Order:
    pay(order, amount)
    order.refresh_from_db()
    return order


@pytest.fixture
def expired(order: Order) -> Order:
    return operations.expire_order(order=order, now=timezone.now() + timedelta(hours=25))


def test_nothing_ships_on_hold(order: Order, alice: User) -> None:
    """I14"""
    operations.confirm_order(order=order, confirmed_by=None)
    hold(order)

    with pytest.raises(operations.MoveNotAllowed, match="on hold"):
        fulfillment.ship_order(order=order, shipped_by=alice)

    operations.release_hold(order=order, kind=OrderHold.Kind.MANUAL, released_by=alice)
    assert fulfillment.ship_order(order=order, shipped_by=alice)


def test_a_risk_is_not_confirmed_by_its_money(order: Order) -> None:
    hold(order, "risk")

    order = receive(order, order.total)

    assert (order.status, order.payment_status) == ("pending", "paid")
    operations.release_hold(order=order, kind=OrderHold.Kind.RISK, released_by=None)
    assert operations.confirm_order(order=order, confirmed_by=None).status == "confirmed"


def test_a_kind_holds_once(order: Order) -> None:
    hold(order)
    hold(order, "address")

    with pytest.raises(operations.MoveNotAllowed, match="already"):
        hold(order)

    order.refresh_from_db()
    assert order.hold_kinds == ["address", "manual"]


def test_an_expired_order_is_revived_with_its_stock(expired: Order, teapot: Variant) -> None:
    order = operations.revive_order(order=expired, revived_by=None)

    assert order.status == "pending"
    assert order.expires_at is not None
    assert order.expires_at > timezone.now()
    assert StockLevel.objects.get(variant=teapot).reserved == 2


def test_an_order_whose_stock_is_gone_stays_expired(
    expired: Order, teapot: Variant, alice: User
) -> None:
    place = StockLevel.objects.get(variant=teapot).location
    inventory.adjust_stock(variant=teapot, location=place, delta=-9, reason="Gone", actor=alice)

    with pytest.raises(inventory.OutOfStock):
        operations.revive_order(order=expired, revived_by=None)

    expired.refresh_from_db()
    assert expired.status == "expired"


def test_money_that_comes_late_revives_and_confirms_the_order(expired: Order) -> None:
    """A20: never expired and paid."""
    order = receive(expired, expired.total)

    assert (order.status, order.payment_status) == ("confirmed", "paid")
    assert story(order)[-4:] == [
        "order.captured",
        "order.revived",
        "order.paid",
        "order.confirmed",
    ]


def test_money_that_comes_too_late_has_to_go_back(
    expired: Order, teapot: Variant, alice: User
) -> None:
    """A3, A20: no money without goods."""
    place = StockLevel.objects.get(variant=teapot).location
    inventory.adjust_stock(variant=teapot, location=place, delta=-9, reason="Gone", actor=alice)

    order = receive(expired, expired.total)

    assert (order.status, order.payment_status) == ("expired", "overpaid")
    assert story(order)[-1] == "order.money_unwanted"


def test_money_that_comes_twice_is_recorded_as_overpaid(order: Order) -> None:
    """I6"""
    receive(order, order.total)
    order = receive(order, order.total)

    assert (order.status, order.payment_status) == ("confirmed", "overpaid")
    assert (order.balance, order.owed_back) == (-4998, 4998)
    assert story(order).count("order.paid") == 1


@pytest.mark.breaks_books("order-money-is-explained", why="money without a payment")
def test_money_held_by_a_provider_confirms_the_order(order: Order) -> None:
    order = operations.record_money(
        order=order, event="order.authorized", authorized=order.total, actor=None
    )

    assert (order.status, order.payment_status) == ("confirmed", "authorized")


@pytest.mark.breaks_books("order-money-is-explained", why="money without a payment")
def test_money_held_keeps_an_order_from_expiring(order: Order) -> None:
    operations.record_money(order=order, event="order.authorized", authorized=1, actor=None)

    assert operations.expire_unpaid_orders(timezone.now() + timedelta(days=9)) == 0


def test_an_assignee_is_a_member(
    order: Order, alice: User, mallory: User, globex: Organization
) -> None:
    annotate = operations.annotate_order
    order = annotate(order=order, tags=["b", " a ", "b", ""], assignee=alice, annotated_by=alice)
    assert (order.tags, order.assignee) == (["a", "b"], alice)

    with pytest.raises(operations.NotAMember):
        annotate(order=order, assignee=mallory, annotated_by=alice)

    assert annotate(order=order, unassign=True, annotated_by=alice).assignee is None
