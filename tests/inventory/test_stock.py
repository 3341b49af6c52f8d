from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.inventory import operations, queries
from apps.inventory.models import Location, Reservation, StockLevel, StockMovement
from apps.orders import operations as orders
from apps.orders.models import Order


def test_every_unit_on_hand_has_a_movement(teapot: Variant, acme: Organization) -> None:
    operations.adjust_stock(
        variant=teapot,
        location=operations.default_location(acme),
        delta=-3,
        reason="Broken",
        actor=None,
    )

    level = StockLevel.objects.get(variant=teapot)
    assert level.on_hand == 7
    assert StockMovement.objects.aggregate(sum=Sum("delta"))["sum"] == 7


def test_what_is_promised_cannot_be_taken_away(
    order: Order, teapot: Variant, acme: Organization, alice: User
) -> None:
    with pytest.raises(operations.StockPromised, match="10 on hand and 2 of them are promised"):
        operations.adjust_stock(
            variant=teapot,
            location=operations.default_location(acme),
            delta=-9,
            reason="Counted",
            actor=alice,
        )

    assert StockLevel.objects.get(variant=teapot).on_hand == 10


def test_a_delivery_can_be_booked_while_backorders_wait(
    acme: Organization, kettle: Variant, jo: orders.Buyer
) -> None:
    kettle.allow_backorder = True
    kettle.save()
    orders.place_order(organization=acme, buyer=jo, items=[orders.Item(kettle, 20)], placed_by=None)

    operations.adjust_stock(
        variant=kettle,
        location=operations.default_location(acme),
        delta=1,
        reason="Delivery",
        actor=None,
    )

    level = StockLevel.objects.get(variant=kettle)
    assert (level.on_hand, level.reserved) == (6, 20)


def test_backorders_end_before_the_column_does(
    acme: Organization, kettle: Variant, jo: orders.Buyer
) -> None:
    kettle.allow_backorder, kettle.price = True, Decimal("0.01")
    kettle.save()
    many = [orders.Item(kettle, orders.QUANTITY_AT_MOST)] * orders.LINES_AT_MOST
    for _ in range(2):
        orders.place_order(organization=acme, buyer=jo, items=many, placed_by=None)

    with pytest.raises(operations.OutOfStock, match="KETTLE"):
        orders.place_order(organization=acme, buyer=jo, items=many, placed_by=None)


def test_an_order_is_served_from_the_first_location_and_then_the_next(
    acme: Organization, teapot: Variant, jo: orders.Buyer
) -> None:
    attic = Location.objects.create(organization=acme, code="ATTIC", name="Attic", priority=9)
    operations.adjust_stock(variant=teapot, location=attic, delta=5, reason="Moved", actor=None)

    orders.place_order(organization=acme, buyer=jo, items=[orders.Item(teapot, 12)], placed_by=None)

    promised = Reservation.objects.order_by("stock_level__location__priority")
    assert list(promised.values_list("stock_level__location__code", "quantity")) == [
        ("MAIN", 10),
        ("ATTIC", 2),
    ]
    assert queries.availability([teapot.pk]) == {teapot.pk: 3}


def test_a_closed_location_serves_nobody(
    acme: Organization, teapot: Variant, jo: orders.Buyer
) -> None:
    Location.objects.update(active=False)

    with pytest.raises(operations.OutOfStock):
        orders.place_order(
            organization=acme, buyer=jo, items=[orders.Item(teapot, 1)], placed_by=None
        )


def test_the_counter_of_promises_equals_the_promises(order: Order, teapot: Variant) -> None:
    """I2"""
    level = StockLevel.objects.get(variant=teapot)

    active = Reservation.objects.filter(stock_level=level, state="active")
    assert active.aggregate(sum=Sum("quantity"))["sum"] == level.reserved


@pytest.mark.parametrize("change", [{"reserved": 11}, {"reserved": -1}, {"on_hand": -1}])
def test_the_database_refuses_to_oversell(teapot: Variant, change: dict[str, int]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        StockLevel.objects.filter(variant=teapot).update(**change)
