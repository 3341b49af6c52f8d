"""What is promised: added to, given back in part, put on pick lists, sent, and left behind."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.inventory import operations
from apps.inventory.models import Location, Reservation, StockLevel, StockMovement
from apps.orders import operations as orders
from apps.orders.models import Order

pytestmark = pytest.mark.breaks_books(
    "reservations-fit-their-lines",
    "pick-lists-are-reserved",
    "parcels-left-the-shelf",
    why="promises, picks and sends without an order's verbs",
)

Buy = Callable[[int], int]


@pytest.fixture
def attic(acme: Organization, teapot: Variant) -> Location:
    """Holds five teapots, and is served last."""
    place = operations.create_location(organization=acme, code="ATTIC", name="Attic", priority=9)
    operations.adjust_stock(variant=teapot, location=place, delta=5, reason="Moved", actor=None)
    return place


@pytest.fixture
def buy(acme: Organization, teapot: Variant, jo: orders.Buyer) -> Buy:
    """Order so many teapots; return the line."""

    def place(quantity: int) -> int:
        order = orders.place_order(
            organization=acme, buyer=jo, items=[orders.Item(teapot, quantity)], placed_by=None
        )
        return order.lines.get().pk

    return place


def promised(line: int) -> list[tuple[int, int]]:
    return [(one.quantity, one.picked) for one in operations.held([line])]


def counters() -> list[tuple[int, int]]:
    """On hand and reserved, by location."""
    levels = StockLevel.objects.order_by("location__priority")
    for level in levels:
        active = level.reservations.filter(state="active").aggregate(sum=Sum("quantity"))["sum"]
        assert level.reserved == (active or 0)
        assert level.on_hand == level.movements.aggregate(sum=Sum("delta"))["sum"]
    return list(levels.values_list("on_hand", "reserved"))


def test_a_line_that_grows_has_one_promise_at_each_level(
    acme: Organization, teapot: Variant, buy: Buy
) -> None:
    line = buy(2)

    taken = operations.take(acme, {teapot: 3})
    operations.assign(acme, taken, [operations.Need(line, teapot.pk, 3)])

    assert promised(line) == [(5, 0)]
    assert counters() == [(10, 5)]


def test_what_is_given_back_comes_from_the_location_served_last(attic: Location, buy: Buy) -> None:
    line = buy(12)
    assert promised(line) == [(10, 0), (2, 0)]

    operations.release_units({line: 5})

    assert promised(line) == [(7, 0)]
    assert counters() == [(10, 7), (5, 0)]
    assert Reservation.objects.filter(state="released").count() == 1


def test_what_is_on_a_pick_list_is_not_given_back(attic: Location, buy: Buy) -> None:
    line = buy(12)
    [_, behind] = operations.held([line])
    operations.pick([operations.Pick(line, behind.level_id, 2)])

    operations.release_units({line: 5})

    assert promised(line) == [(5, 0), (2, 2)]
    assert counters() == [(10, 5), (5, 2)]


def test_nothing_is_on_two_pick_lists(buy: Buy) -> None:
    line = buy(2)
    [held] = operations.held([line])
    pick = operations.Pick(line, held.level_id, 2)
    operations.pick([pick])

    with pytest.raises(operations.NotReserved, match="another pick list"):
        operations.pick([pick])

    operations.put_back([pick])
    operations.pick([pick])
    assert promised(line) == [(2, 2)]


def test_all_of_an_order_is_given_back_when_it_stops(attic: Location, buy: Buy) -> None:
    line = buy(12)

    operations.release([line])
    operations.release([line])

    assert promised(line) == []
    assert counters() == [(10, 0), (5, 0)]


def test_part_of_a_promise_leaves_with_each_parcel(
    acme: Organization, buy: Buy, alice: User
) -> None:
    line = buy(5)
    [held] = operations.held([line])

    operations.consume(acme, [operations.Pick(line, held.level_id, 2, 1)], actor=alice)
    assert promised(line) == [(3, 0)]
    operations.consume(acme, [operations.Pick(line, held.level_id, 3, 2)], actor=alice)

    assert promised(line) == []
    assert counters() == [(5, 0)]
    shipped = StockMovement.objects.filter(kind="shipment").order_by("pk")
    assert list(shipped.values_list("delta", "ref_type", "ref_id")) == [
        (-2, "fulfillment_line", 1),
        (-3, "fulfillment_line", 2),
    ]


def test_a_parcel_moves_stock_once(acme: Organization, buy: Buy, alice: User) -> None:
    line = buy(2)
    [held] = operations.held([line])
    pick = operations.Pick(line, held.level_id, 2, 1)
    operations.consume(acme, [pick], actor=alice)

    with pytest.raises(operations.NotReserved):
        operations.consume(acme, [pick], actor=alice)

    assert counters() == [(8, 0)]


def test_two_parcels_of_one_line_at_one_level_are_both_counted(
    acme: Organization, buy: Buy, alice: User
) -> None:
    line = buy(4)
    [held] = operations.held([line])
    picks = [operations.Pick(line, held.level_id, 1, ref_id) for ref_id in (1, 2, 3)]

    operations.consume(acme, picks, actor=alice)

    assert promised(line) == [(1, 0)]
    assert counters() == [(7, 1)]


def test_a_backorder_is_not_sent_before_its_goods_came_in(
    acme: Organization, teapot: Variant, buy: Buy, alice: User
) -> None:
    teapot.allow_backorder = True
    teapot.save()
    line = buy(12)
    [held] = operations.held([line])
    pick = operations.Pick(line, held.level_id, 12, 1)

    with pytest.raises(operations.OutOfStock, match="not come in yet"), transaction.atomic():
        operations.consume(acme, [pick], actor=alice)
    assert counters() == [(10, 12)]

    place = operations.default_location(acme)
    operations.adjust_stock(variant=teapot, location=place, delta=2, reason="In", actor=alice)
    operations.consume(acme, [pick], actor=alice)
    assert counters() == [(0, 0)]


def test_a_placed_order_is_promised_its_stock_until_it_ends_itself(order: Order) -> None:
    assert Reservation.objects.get().expires_at is None
    assert operations.release_expired_reservations(timezone.now() + timedelta(days=99)) == 0


def test_stock_kept_for_a_draft_is_given_back_when_its_time_is_over(
    acme: Organization, teapot: Variant, jo: orders.Buyer, alice: User
) -> None:
    draft = orders.save_draft(
        organization=acme, buyer=jo, items=[orders.Item(teapot, 4)], saved_by=alice
    )
    until = timezone.now() + timedelta(days=7)
    orders.keep_stock_for_draft(draft=draft, until=until, kept_by=alice)
    assert counters() == [(10, 4)]

    assert operations.release_expired_reservations(until) == 0
    assert operations.release_expired_reservations(until + timedelta(seconds=1)) == 1

    assert counters() == [(10, 0)]
    assert orders.place_draft(draft=draft, placed_by=alice).status == "pending"
    assert counters() == [(10, 4)]


def test_a_draft_written_anew_lets_its_stock_go(
    acme: Organization, teapot: Variant, jo: orders.Buyer, alice: User
) -> None:
    wish: dict[str, Any] = {"organization": acme, "buyer": jo, "saved_by": alice}
    draft = orders.save_draft(items=[orders.Item(teapot, 4)], **wish)
    orders.keep_stock_for_draft(draft=draft, until=timezone.now() + timedelta(1), kept_by=alice)

    orders.save_draft(items=[orders.Item(teapot, 1)], draft=draft, **wish)

    assert counters() == [(10, 0)]
    orders.discard_draft(draft=draft)


@pytest.mark.parametrize("lines", [1, 4])
def test_it_takes_the_same_statements_however_many_lines(
    acme: Organization,
    alice: User,
    jo: orders.Buyer,
    stock_product: Callable[..., Variant],
    django_assert_num_queries: DjangoAssertNumQueries,
    lines: int,
) -> None:
    variants = [stock_product(f"CUP-{number}", "Cup", "3.00", 9) for number in range(lines)]
    order = orders.place_order(
        organization=acme,
        buyer=jo,
        items=[orders.Item(variant, 6) for variant in variants],
        placed_by=alice,
    )
    line_ids = list(order.lines.order_by("pk").values_list("pk", flat=True))
    with django_assert_num_queries(1):
        held = operations.held(line_ids)
    picks = [operations.Pick(one.line_id, one.level_id, 2, one.line_id) for one in held]

    with django_assert_num_queries(2):
        operations.pick(picks)
    with django_assert_num_queries(4):
        operations.consume(acme, picks, actor=alice)
    with django_assert_num_queries(4):
        operations.release_units(dict.fromkeys(line_ids, 1))
    with django_assert_num_queries(2):
        operations.release(line_ids)


def test_rows_of_stock_are_locked_before_their_promises_are_read(buy: Buy) -> None:
    """A lock that is built and never taken is no lock: look at what reached the database."""
    line = buy(2)
    said: list[str] = []

    def listen(execute: Callable[..., object], sql: str, *rest: object) -> object:
        said.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(listen):
        operations.release_units({line: 1})

    assert said[0].endswith("ORDER BY 1 ASC FOR NO KEY UPDATE")
