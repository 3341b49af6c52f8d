"""Changing a confirmed order: only what has not left, and the stock follows."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.fulfillment import operations as fulfillment
from apps.inventory.models import Reservation, StockLevel
from apps.orders import operations
from apps.orders.models import Adjustment, Order, OrderLine
from tests.paying import pay
from tests.together import overtaking

Item = operations.Item


@pytest.fixture
def confirmed(order: Order, alice: User) -> Order:
    """Two teapots."""
    return operations.confirm_order(order=order, confirmed_by=alice)


@pytest.fixture
def line(confirmed: Order) -> OrderLine:
    return confirmed.lines.get()


def reserved(variant: Variant) -> int:
    return StockLevel.objects.get(variant=variant).reserved


def active(line: OrderLine) -> int:
    rows = Reservation.objects.filter(order_line_id=line.pk, state="active")
    return sum(row.quantity for row in rows)


@pytest.mark.parametrize("wanted", [1, 2, 7])
def test_the_reservation_equals_the_need(
    confirmed: Order, line: OrderLine, teapot: Variant, kettle: Variant, wanted: int
) -> None:
    """A14: a line is edited down, up, and another is added."""
    order = operations.edit_order(
        order=confirmed,
        quantities={line.pk: wanted},
        added=[Item(kettle, 3)],
        reason="They called",
        edited_by=None,
    )

    line.refresh_from_db()
    assert line.wanted == active(line) == reserved(teapot) == wanted
    assert reserved(kettle) == 3
    assert order.total == wanted * 2499 + 3 * 3900
    assert order.balance == order.total


def test_a_line_can_be_deleted(confirmed: Order, line: OrderLine, kettle: Variant) -> None:
    """A14"""
    order = operations.edit_order(
        order=confirmed, quantities={line.pk: 0}, added=[Item(kettle, 1)], edited_by=None
    )

    line.refresh_from_db()
    assert (line.wanted, line.cancelled, line.gross, active(line)) == (0, 2, 0, 0)
    assert order.total == 3900


def test_an_order_of_nothing_is_no_edit(confirmed: Order, line: OrderLine) -> None:
    with pytest.raises(operations.MoveNotAllowed, match="Cancel it instead"):
        operations.edit_order(order=confirmed, quantities={line.pk: 0}, edited_by=None)


def test_more_than_there_is_leaves_the_order_as_it_was(
    confirmed: Order, line: OrderLine, teapot: Variant
) -> None:
    with pytest.raises(Exception, match="TEAPOT: 9 wanted, 8 available"):
        operations.edit_order(order=confirmed, quantities={line.pk: 11}, edited_by=None)

    line.refresh_from_db()
    assert (line.quantity, reserved(teapot)) == (2, 2)
    assert Order.objects.get().version == confirmed.version


def test_what_one_line_gives_up_another_may_take(
    acme: Organization, teapot: Variant, jo: operations.Buyer
) -> None:
    order = operations.place_order(
        organization=acme, buyer=jo, items=[Item(teapot, 6), Item(teapot, 4)], placed_by=None
    )
    operations.confirm_order(order=order, confirmed_by=None)
    [first, second] = order.lines.order_by("position")

    operations.edit_order(order=order, quantities={first.pk: 4, second.pk: 6}, edited_by=None)

    assert reserved(teapot) == 10
    assert (active(first), active(second)) == (4, 6)


def test_what_has_left_is_not_edited(
    confirmed: Order, line: OrderLine, alice: User, stock_product: Callable[..., Variant]
) -> None:
    operations.edit_order(order=confirmed, quantities={line.pk: 3}, edited_by=None)
    fulfillment.open_fulfillment(order=confirmed, quantities={line.pk: 2}, opened_by=alice)

    with pytest.raises(operations.QuantityNotPossible, match="2 are shipped or being picked"):
        operations.edit_order(order=confirmed, quantities={line.pk: 1}, edited_by=None)


def test_closing_the_rest_of_a_shipped_order_completes_it(
    acme: Organization, teapot: Variant, kettle: Variant, jo: operations.Buyer, alice: User
) -> None:
    order = operations.place_order(
        organization=acme, buyer=jo, items=[Item(teapot, 1), Item(kettle, 1)], placed_by=alice
    )
    pay(order, 2499)
    order.refresh_from_db()
    operations.confirm_order(order=order, confirmed_by=alice)
    [tea, rest] = order.lines.order_by("position")
    fulfillment.ship_order(order=order, quantities={tea.pk: 1}, shipped_by=alice)

    order = operations.edit_order(order=order, quantities={rest.pk: 0}, edited_by=alice)

    assert (order.status, order.fulfillment_status) == ("completed", "fulfilled")
    assert reserved(kettle) == 0


def test_only_confirmed_orders_are_edited(order: Order) -> None:
    line = order.lines.get()

    with pytest.raises(operations.MoveNotAllowed, match="pending"):
        operations.edit_order(order=order, quantities={line.pk: 1}, edited_by=None)


def test_a_discount_in_percent_follows_the_lines(
    acme: Organization, teapot: Variant, jo: operations.Buyer
) -> None:
    tenth = operations.AdjustmentItem(Adjustment.Kind.DISCOUNT, "Friends", percent=Decimal(10))
    order = operations.place_order(
        organization=acme, buyer=jo, items=[Item(teapot, 2)], adjustments=[tenth], placed_by=None
    )
    assert order.total == 4498
    operations.confirm_order(order=order, confirmed_by=None)

    order = operations.edit_order(order=order, quantities={order.lines.get().pk: 1}, edited_by=None)

    assert order.total == 2249
    assert order.adjustments.get().amount == 250


def test_credited_units_stay(confirmed: Order, line: OrderLine, alice: User) -> None:
    operations.credit_amount(order=confirmed, amount=3000, reason="Sorry", actor=alice)

    with pytest.raises(operations.MoveNotAllowed, match="credited already"):
        operations.edit_order(order=confirmed, quantities={line.pk: 1}, edited_by=alice)


def test_whoever_saw_an_older_version_is_told(confirmed: Order, line: OrderLine) -> None:
    confirmed.expected_version = confirmed.version
    operations.add_note(order=confirmed, text="Meanwhile", written_by=None)

    with pytest.raises(operations.StaleOrder, match="has changed since you opened it"):
        operations.edit_order(order=confirmed, quantities={line.pk: 1}, edited_by=None)


@pytest.mark.django_db(transaction=True)
def test_of_two_editors_of_one_version_one_wins(confirmed: Order, line: OrderLine) -> None:
    def edit(wanted: int) -> Order:
        mine = Order.objects.get(pk=confirmed.pk)
        mine.expected_version = confirmed.version
        return operations.edit_order(order=mine, quantities={line.pk: wanted}, edited_by=None)

    second = overtaking(lambda: edit(1), lambda: edit(3))

    assert isinstance(second, operations.StaleOrder)
    line.refresh_from_db()
    assert line.wanted == 1


def test_an_edit_takes_the_same_statements_however_many_lines(
    acme: Organization,
    jo: operations.Buyer,
    stock_product: Callable[..., Variant],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for count in (2, 9):
        cups = [stock_product(f"CUP-{count}-{i}", "Cup", "3.00", 9) for i in range(count)]
        order = operations.place_order(
            organization=acme, buyer=jo, items=[Item(cup, 2) for cup in cups], placed_by=None
        )
        operations.confirm_order(order=order, confirmed_by=None)
        half = {line.pk: 1 + line.position % 3 for line in order.lines.all()}

        with django_assert_max_num_queries(22):
            operations.edit_order(order=order, quantities=half, edited_by=None)


def test_shipping_the_rest_after_an_edit(confirmed: Order, line: OrderLine, alice: User) -> None:
    operations.edit_order(order=confirmed, quantities={line.pk: 1}, edited_by=alice)

    fulfillment.ship_order(order=confirmed, shipped_by=alice)

    line.refresh_from_db()
    assert (line.shipped, line.cancelled) == (1, 1)
    assert StockLevel.objects.get().on_hand == 9
