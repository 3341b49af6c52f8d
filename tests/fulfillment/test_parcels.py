from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.catalog.models import Variant
from apps.events.models import Event
from apps.fulfillment import operations
from apps.fulfillment.models import Fulfillment
from apps.inventory import operations as inventory
from apps.inventory.models import Location
from apps.orders import operations as orders
from apps.orders.models import Order, OrderHold

Confirm = Callable[..., Order]
Counters = Callable[[], list[tuple[int, int]]]


def line_of(order: Order, position: int = 1) -> int:
    return order.lines.get(position=position).pk


def units(order: Order, position: int = 1) -> tuple[int, int, int]:
    """Picking, shipped and open."""
    line = order.lines.get(position=position)
    return line.picking, line.shipped, line.open


def contents(parcel: Fulfillment) -> list[tuple[str, int]]:
    return list(parcel.lines.order_by("pk").values_list("order_line__sku", "quantity"))


def test_a_pick_list_claims_what_is_on_it(
    confirmed: Confirm, teapot: Variant, counters: Counters, alice: User
) -> None:
    order = confirmed((teapot, 5))

    [parcel] = operations.open_fulfillment(
        order=order, quantities={line_of(order): 3}, opened_by=alice
    )

    assert (parcel.status, parcel.picked_by, parcel.shipped_at) == ("open", alice, None)
    assert contents(parcel) == [("TEAPOT", 3)]
    assert units(order) == (3, 0, 2)
    assert counters() == [(10, 5)]
    with pytest.raises(operations.NotSoMany, match="2 are left"):
        operations.open_fulfillment(order=order, quantities={line_of(order): 3}, opened_by=alice)


def test_a_parcel_takes_its_units_off_the_shelf(
    confirmed: Confirm, teapot: Variant, counters: Counters, alice: User
) -> None:
    order = confirmed((teapot, 5))
    [parcel] = operations.open_fulfillment(
        order=order, quantities={line_of(order): 3}, opened_by=alice
    )

    parcel = operations.ship_fulfillment(
        fulfillment=parcel,
        carrier="DHL",
        tracking_number="42",
        tracking_url="https://dhl.example/42",
        shipped_by=alice,
    )

    assert parcel.status == "shipped"
    assert units(order) == (0, 3, 2)
    assert counters() == [(7, 2)]
    order.refresh_from_db()
    assert order.fulfillment_status == "partially_fulfilled"
    said = Event.objects.get(type="order.shipped").data
    assert (said["fulfillment"], said["tracking_url"]) == (1, "https://dhl.example/42")


def test_an_order_is_shipped_in_parts(
    confirmed: Confirm, teapot: Variant, kettle: Variant, counters: Counters, alice: User
) -> None:
    order = confirmed((teapot, 5), (kettle, 1))

    operations.ship_order(order=order, quantities={line_of(order): 2}, shipped_by=alice)
    [rest] = operations.ship_order(order=order, shipped_by=alice)

    assert contents(rest) == [("TEAPOT", 3), ("KETTLE", 1)]
    assert rest.number == 2
    assert counters() == [(5, 0), (4, 0)]
    order.refresh_from_db()
    assert order.fulfillment_status == "fulfilled"


def test_what_lies_in_two_places_leaves_in_two_parcels(
    confirmed: Confirm, teapot: Variant, attic: Location, counters: Counters, alice: User
) -> None:
    order = confirmed((teapot, 12))

    first, second = operations.open_fulfillment(order=order, opened_by=alice)

    assert [(one.location_id, contents(one)) for one in (first, second)] == [
        (inventory.default_location(order.organization).pk, [("TEAPOT", 10)]),
        (attic.pk, [("TEAPOT", 2)]),
    ]
    operations.ship_fulfillment(fulfillment=second, shipped_by=alice)
    assert counters() == [(10, 10), (3, 0)]
    operations.ship_fulfillment(fulfillment=first, shipped_by=alice)
    assert counters() == [(0, 0), (3, 0)]
    assert units(order) == (0, 12, 0)


def test_the_rest_is_picked_where_no_list_has_been_yet(
    confirmed: Confirm, teapot: Variant, attic: Location, alice: User
) -> None:
    order = confirmed((teapot, 12))
    operations.open_fulfillment(order=order, quantities={line_of(order): 10}, opened_by=alice)

    [rest] = operations.open_fulfillment(order=order, opened_by=alice)

    assert (rest.location, contents(rest)) == (attic, [("TEAPOT", 2)])


def test_what_no_stock_is_kept_of_goes_with_the_first_parcel(
    confirmed: Confirm, teapot: Variant, attic: Location, alice: User
) -> None:
    order = confirmed((None, 2), (teapot, 12))

    first, second = operations.ship_order(order=order, shipped_by=alice)

    assert contents(first) == [("TEAPOT", 10), ("GIFT", 2)]
    assert contents(second) == [("TEAPOT", 2)]


def test_an_order_without_stock_has_a_parcel_without_a_place(
    confirmed: Confirm, alice: User
) -> None:
    order = confirmed((None, 2))

    [parcel] = operations.ship_order(order=order, shipped_by=alice)

    assert parcel.location is None
    assert units(order) == (0, 2, 0)


def test_a_pick_list_that_is_given_up_can_be_picked_again(
    confirmed: Confirm, teapot: Variant, counters: Counters, alice: User
) -> None:
    order = confirmed((teapot, 5))
    [parcel] = operations.open_fulfillment(order=order, opened_by=alice)

    operations.cancel_fulfillment(fulfillment=parcel, cancelled_by=alice)

    assert units(order) == (0, 0, 5)
    assert counters() == [(10, 5)]
    [again] = operations.open_fulfillment(order=order, opened_by=alice)
    assert again.number == 2
    with pytest.raises(orders.MoveNotAllowed, match="Shipment 1 is cancelled"):
        operations.ship_fulfillment(fulfillment=parcel, shipped_by=alice)


def test_a_parcel_is_delivered_once_it_is_shipped(
    confirmed: Confirm, teapot: Variant, alice: User
) -> None:
    order = confirmed((teapot, 1))
    [parcel] = operations.open_fulfillment(order=order, opened_by=alice)
    with pytest.raises(orders.MoveNotAllowed, match="being picked"):
        operations.mark_delivered(fulfillment=parcel, marked_by=alice)

    operations.ship_fulfillment(fulfillment=parcel, shipped_by=alice)
    operations.mark_delivered(fulfillment=parcel, marked_by=alice)

    parcel.refresh_from_db()
    assert parcel.status == "delivered"
    assert parcel.delivered_at
    assert Event.objects.filter(type="order.delivered").count() == 1
    for act in (operations.mark_delivered,):
        with pytest.raises(orders.MoveNotAllowed, match="delivered"):
            act(fulfillment=parcel, marked_by=alice)
    with pytest.raises(orders.MoveNotAllowed):
        operations.cancel_fulfillment(fulfillment=parcel, cancelled_by=alice)


def test_nothing_ships_on_hold(
    confirmed: Confirm, teapot: Variant, counters: Counters, alice: User
) -> None:
    """I14"""
    order = confirmed((teapot, 2))
    [parcel] = operations.open_fulfillment(order=order, opened_by=alice)
    orders.place_hold(order=order, kind=OrderHold.Kind.ADDRESS, reason="No street", placed_by=alice)

    with pytest.raises(orders.MoveNotAllowed, match="on hold"):
        operations.ship_fulfillment(fulfillment=parcel, shipped_by=alice)
    with pytest.raises(orders.MoveNotAllowed):
        operations.ship_order(order=order, shipped_by=alice)

    assert counters() == [(10, 2)]
    orders.release_hold(order=order, kind=OrderHold.Kind.ADDRESS, released_by=alice)
    operations.ship_fulfillment(fulfillment=parcel, shipped_by=alice)
    assert counters() == [(8, 0)]


def test_the_rest_of_a_partly_shipped_line_is_cancelled(
    confirmed: Confirm, teapot: Variant, counters: Counters, alice: User
) -> None:
    """A13: its stock is free, the line is closed, and nothing is left to ship."""
    order = confirmed((teapot, 5))
    line = line_of(order)
    operations.ship_order(order=order, quantities={line: 2}, shipped_by=alice)

    orders.edit_order(order=order, quantities={line: 2}, edited_by=alice)

    assert counters() == [(8, 0)]
    order.refresh_from_db()
    assert order.fulfillment_status == "fulfilled"
    for quantities in (None, {line: 1}):
        with pytest.raises(orders.MoveNotAllowed, match="Everything has been shipped"):
            operations.ship_order(order=order, quantities=quantities, shipped_by=alice)
    assert counters() == [(8, 0)]


def test_what_is_on_a_pick_list_is_not_edited_away(
    confirmed: Confirm, teapot: Variant, attic: Location, counters: Counters, alice: User
) -> None:
    """Units on the list of the attic stay there, though the attic is where stock is freed first."""
    order = confirmed((teapot, 12))
    line = line_of(order)
    main, attics = operations.open_fulfillment(order=order, opened_by=alice)
    operations.cancel_fulfillment(fulfillment=main, cancelled_by=alice)

    orders.edit_order(order=order, quantities={line: 4}, edited_by=alice)
    operations.ship_fulfillment(fulfillment=attics, shipped_by=alice)

    assert counters() == [(10, 2), (3, 0)]
    assert units(order) == (0, 2, 2)


def test_a_backorder_waits_for_its_goods(
    confirmed: Confirm, teapot: Variant, counters: Counters, alice: User
) -> None:
    teapot.allow_backorder = True
    teapot.save()
    order = confirmed((teapot, 12))

    with pytest.raises(inventory.OutOfStock, match="not come in yet"):
        operations.ship_order(order=order, shipped_by=alice)
    operations.ship_order(order=order, quantities={line_of(order): 10}, shipped_by=alice)

    assert counters() == [(0, 2)]


@pytest.mark.parametrize("quantity", [0, -1, 6, 10**9])
def test_only_what_is_left_is_picked(
    confirmed: Confirm, teapot: Variant, alice: User, quantity: int
) -> None:
    order = confirmed((teapot, 5))

    with pytest.raises(operations.NotSoMany):
        operations.open_fulfillment(
            order=order, quantities={line_of(order): quantity}, opened_by=alice
        )
    assert not Fulfillment.objects.exists()


def test_a_line_of_another_order_is_not_picked(
    confirmed: Confirm, teapot: Variant, alice: User
) -> None:
    order, other = confirmed((teapot, 1)), confirmed((teapot, 1))

    with pytest.raises(operations.NotSoMany, match="no such line"):
        operations.open_fulfillment(order=order, quantities={line_of(other): 1}, opened_by=alice)


def test_an_order_on_a_pick_list_is_not_cancelled(
    confirmed: Confirm, teapot: Variant, alice: User
) -> None:
    order = confirmed((teapot, 5))
    operations.open_fulfillment(order=order, opened_by=alice)

    with pytest.raises(orders.MoveNotAllowed, match="pick list"):
        orders.cancel_order(order=order, reason="No", cancelled_by=alice)


def test_somebody_who_saw_an_older_order_is_told(
    confirmed: Confirm, teapot: Variant, alice: User
) -> None:
    order = confirmed((teapot, 5))
    [parcel] = operations.open_fulfillment(order=order, opened_by=alice)
    parcel.order.expected_version = order.version

    with pytest.raises(orders.StaleOrder):
        operations.ship_fulfillment(fulfillment=parcel, shipped_by=alice)


@pytest.mark.parametrize("link", ["javascript:alert(1)", "dhl.example/42"])
def test_the_database_keeps_only_links(
    confirmed: Confirm, teapot: Variant, alice: User, link: str
) -> None:
    order = confirmed((teapot, 1))

    with pytest.raises(IntegrityError, match="tracking_url_is_a_link"), transaction.atomic():
        operations.ship_order(order=order, tracking_url=link, shipped_by=alice)


@pytest.mark.parametrize("lines", [1, 5])
def test_it_takes_the_same_statements_however_many_lines(
    confirmed: Confirm,
    stock_product: Callable[..., Variant],
    alice: User,
    django_assert_num_queries: DjangoAssertNumQueries,
    lines: int,
) -> None:
    variants = [stock_product(f"CUP-{number}", "Cup", "3.00", 9) for number in range(lines)]
    order = confirmed(*((variant, 4) for variant in variants))
    quantities = dict.fromkeys(order.lines.values_list("pk", flat=True), 2)

    with django_assert_num_queries(17):
        [parcel] = operations.open_fulfillment(order=order, quantities=quantities, opened_by=alice)
    with django_assert_num_queries(17):
        operations.ship_fulfillment(fulfillment=parcel, shipped_by=alice)
    [second] = operations.open_fulfillment(order=order, opened_by=alice)
    with django_assert_num_queries(15):
        operations.cancel_fulfillment(fulfillment=second, cancelled_by=alice)
