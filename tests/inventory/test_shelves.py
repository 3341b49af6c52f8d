"""What lies where: moved, counted, taken back; and the helper that guards a counter."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.core.claims import claim
from apps.inventory import operations, queries
from apps.inventory.models import Location, StockLevel, StockMovement
from apps.inventory.operations.shelving import ON_HAND_AT_MOST
from apps.orders import operations as orders
from apps.orders.models import Order


@pytest.fixture
def main(acme: Organization) -> Location:
    return operations.default_location(acme)


@pytest.fixture
def attic(acme: Organization) -> Location:
    return operations.create_location(organization=acme, code="ATTIC", name="Attic", priority=9)


@pytest.fixture
def carry(teapot: Variant, main: Location, attic: Location) -> Callable[..., StockMovement]:
    def transfer(quantity: int, **other: object) -> StockMovement:
        asked: dict[str, object] = {"variant": teapot, "source": main, "target": attic}
        asked |= {"quantity": quantity, "reason": "Room", "actor": None} | other
        return operations.transfer_stock(**asked)  # type: ignore[arg-type]

    return transfer


def on_hand() -> dict[str, int]:
    levels = StockLevel.objects.all()
    for level in levels:
        assert level.on_hand == (level.movements.aggregate(sum=Sum("delta"))["sum"] or 0)
    return dict(levels.values_list("location__code", "on_hand"))


def test_a_counter_is_claimed_up_to_its_limit(teapot: Variant) -> None:
    level = StockLevel.objects.filter(variant=teapot)

    assert claim(level, "reserved", 7, limit=F("on_hand"))
    assert not claim(level, "reserved", 4, limit=F("on_hand"))
    assert claim(level, "reserved", 3, limit=F("on_hand"))
    assert level.get().reserved == 10


def test_units_that_are_carried_leave_one_place_and_arrive_at_the_other(
    carry: Callable[..., StockMovement], teapot: Variant
) -> None:
    out = carry(4)

    assert on_hand() == {"MAIN": 6, "ATTIC": 4}
    way_in = StockMovement.objects.get(ref_type="transfer")
    assert (out.delta, way_in.delta, way_in.ref_id) == (-4, 4, out.pk)
    assert queries.availability([teapot.pk]) == {teapot.pk: 10}


def test_what_is_promised_from_a_place_stays_there(
    carry: Callable[..., StockMovement], order: Order
) -> None:
    with pytest.raises(operations.StockPromised, match="10 on hand and 2 of them are promised"):
        carry(9)

    assert on_hand() == {"MAIN": 10}
    carry(8)
    assert on_hand() == {"MAIN": 2, "ATTIC": 8}


def test_nothing_is_carried_to_where_it_is(
    carry: Callable[..., StockMovement], main: Location
) -> None:
    with pytest.raises(operations.SamePlace, match="two different"):
        carry(1, target=main)


def test_a_request_that_comes_twice_moves_stock_once(
    carry: Callable[..., StockMovement], teapot: Variant, main: Location
) -> None:
    out = carry(4, idempotency_key="k")

    with pytest.raises(operations.AlreadyMoved) as former:
        carry(4, idempotency_key="k")
    for other in ({"quantity": 3}, {"reason": "Else"}, {"source": main, "target": main}):
        with pytest.raises((operations.KeyReused, operations.SamePlace)):
            carry(**{"quantity": 4, "idempotency_key": "k", **other})
    with pytest.raises(operations.KeyReused):
        operations.adjust_stock(
            variant=teapot, location=main, delta=1, reason="", actor=None, idempotency_key="k"
        )

    assert former.value.movement == out
    assert on_hand() == {"MAIN": 6, "ATTIC": 4}


def test_a_shelf_holds_no_more_than_its_column(teapot: Variant, main: Location) -> None:
    with pytest.raises(operations.ShelfFull):
        operations.adjust_stock(
            variant=teapot, location=main, delta=ON_HAND_AT_MOST - 9, reason="", actor=None
        )

    assert on_hand() == {"MAIN": 10}


@pytest.mark.parametrize("lines", [1, 4])
def test_what_comes_back_can_be_sold_again(
    acme: Organization,
    attic: Location,
    stock_product: Callable[..., Variant],
    django_assert_num_queries: DjangoAssertNumQueries,
    lines: int,
) -> None:
    variants = [stock_product(f"CUP-{number}", "Cup", "3.00", 1) for number in range(lines)]
    goods = [operations.TakenBack(one.pk, 2, number) for number, one in enumerate(variants)]

    with django_assert_num_queries(4):
        operations.take_back(acme, attic, goods, actor=None)

    assert set(queries.availability(one.pk for one in variants).values()) == {3}
    with pytest.raises(IntegrityError, match="movement_once_per_cause"), transaction.atomic():
        operations.take_back(acme, attic, goods, actor=None)


def test_a_place_is_closed_when_it_is_empty(
    carry: Callable[..., StockMovement], main: Location, attic: Location
) -> None:
    carry(4)
    with pytest.raises(operations.StillInUse, match="still stock at Attic"):
        operations.close_location(location=attic)

    carry(4, source=attic, target=main)
    operations.close_location(location=attic)

    attic.refresh_from_db()
    assert not attic.active
    with pytest.raises(operations.StillInUse, match="only location"):
        operations.close_location(location=main)


def test_nothing_is_put_where_it_is_closed(
    carry: Callable[..., StockMovement], teapot: Variant, attic: Location
) -> None:
    operations.close_location(location=attic)

    with pytest.raises(operations.LocationClosed):
        carry(1)
    with pytest.raises(operations.LocationClosed, match="Attic is closed"):
        operations.adjust_stock(variant=teapot, location=attic, delta=1, reason="", actor=None)

    assert on_hand() == {"MAIN": 10}


def test_two_places_have_two_codes(acme: Organization, attic: Location) -> None:
    with pytest.raises(operations.CodeTaken, match="ATTIC already") as refused:
        operations.create_location(organization=acme, code="ATTIC", name="Other", priority=1)

    assert refused.value.field == "code"


def test_a_place_that_comes_first_serves_first(
    acme: Organization,
    teapot: Variant,
    attic: Location,
    carry: Callable[..., StockMovement],
    jo: orders.Buyer,
    alice: User,
) -> None:
    carry(4)
    operations.set_location(location=attic, name="Attic", priority=0)

    placed = orders.place_order(
        organization=acme, buyer=jo, items=[orders.Item(teapot, 5)], placed_by=alice
    )

    held = operations.held([placed.lines.get().pk])
    assert [(one.location_id == attic.pk, one.quantity) for one in held] == [(True, 4), (False, 1)]


def test_a_request_that_comes_again_is_answered_though_nothing_is_left(
    carry: Callable[..., StockMovement],
) -> None:
    out = carry(9, idempotency_key="k")

    with pytest.raises(operations.AlreadyMoved) as former:
        carry(9, idempotency_key="k")

    assert former.value.movement == out
