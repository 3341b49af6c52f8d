"""Real threads on one order: pick lists and parcels that meet."""

from collections.abc import Callable
from functools import partial

import pytest

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.fulfillment import operations
from apps.fulfillment.models import Fulfillment, Return
from apps.inventory.models import StockLevel
from apps.orders import operations as orders
from apps.orders.models import Credit, Order, OrderHold
from tests.together import at_once, overtaking

pytestmark = pytest.mark.django_db(transaction=True)

Confirm = Callable[..., Order]
Counters = Callable[[], list[tuple[int, int]]]


def test_parcels_shipped_at_once_never_hold_more_than_was_ordered(
    confirmed: Confirm, teapot: Variant, counters: Counters
) -> None:
    """A4: eight people pick and send two of five."""
    order = confirmed((teapot, 5))
    line = order.lines.get()

    outcomes = at_once(
        [partial(operations.ship_order, order=order, quantities={line.pk: 2}, shipped_by=None)] * 8
    )

    assert [type(one) for one in outcomes].count(list) == 2
    line.refresh_from_db()
    assert (line.shipped, line.picking, line.open) == (4, 0, 1)
    assert counters() == [(6, 1)]


def test_a_parcel_sent_by_many_at_once_leaves_once(
    confirmed: Confirm, teapot: Variant, counters: Counters
) -> None:
    """A4, of one pick list."""
    order = confirmed((teapot, 5))
    two = {order.lines.get().pk: 2}
    [parcel] = operations.open_fulfillment(order=order, quantities=two, opened_by=None)

    outcomes = at_once(
        [partial(operations.ship_fulfillment, fulfillment=parcel, shipped_by=None)] * 6
    )

    assert [type(one) for one in outcomes].count(Fulfillment) == 1
    assert counters() == [(8, 3)]


def test_pick_lists_of_many_orders_opened_and_sent_at_once_do_not_deadlock(
    confirmed: Confirm, teapot: Variant, kettle: Variant, counters: Counters
) -> None:
    baskets = [((teapot, 1), (kettle, 1)), ((kettle, 1), (teapot, 1))] * 2
    placed = [confirmed(*basket) for basket in baskets]

    outcomes = at_once(
        [partial(operations.ship_order, order=order, shipped_by=None) for order in placed]
    )

    assert {type(one) for one in outcomes} == {list}
    assert counters() == [(6, 0), (1, 0)]


def test_a_parcel_that_meets_a_hold_stays(
    confirmed: Confirm, teapot: Variant, counters: Counters, alice: User
) -> None:
    order = confirmed((teapot, 5))
    [parcel] = operations.open_fulfillment(order=order, opened_by=None)

    outcome = overtaking(
        lambda: orders.place_hold(
            order=order, kind=OrderHold.Kind.MANUAL, reason="Wait", placed_by=alice
        ),
        lambda: operations.ship_fulfillment(fulfillment=parcel, shipped_by=None),
    )

    assert isinstance(outcome, orders.MoveNotAllowed)
    assert counters() == [(10, 5)]


def test_units_shipped_while_they_are_cancelled_are_one_of_the_two(
    confirmed: Confirm, teapot: Variant, counters: Counters
) -> None:
    order = confirmed((teapot, 5))
    line = order.lines.get()

    at_once(
        [
            partial(orders.edit_order, order=order, quantities={line.pk: 2}, edited_by=None),
            partial(operations.ship_order, order=order, shipped_by=None),
        ]
    )

    line.refresh_from_db()
    assert (line.shipped, line.wanted) in {(5, 5), (2, 2)}
    assert counters() == [(10 - line.shipped, 0)]


def test_a_return_received_and_closed_by_many_at_once_is_credited_and_restocked_once(
    confirmed: Confirm, teapot: Variant, counters: Counters
) -> None:
    order = confirmed((teapot, 3))
    operations.ship_order(order=order, shipped_by=None)
    line = order.lines.get()
    rma = operations.request_return(
        order=order, quantities={line.pk: 2}, reason="", requested_by=None
    )
    operations.approve_return(rma=rma, approved_by=None)
    arrivals = [operations.Arrival(line.pk, 2, "restock")]

    outcomes = at_once(
        [partial(operations.receive_return, rma=rma, arrivals=arrivals, received_by=None)] * 5
    )

    assert [type(one) for one in outcomes].count(Return) == 1
    refund = Return.Resolution.REFUND
    outcomes = at_once(
        [partial(operations.close_return, rma=rma, resolution=refund, closed_by=None)] * 5
    )
    assert [type(one) for one in outcomes].count(Return) == 1
    assert Credit.objects.get().gross == 4998
    assert counters() == [(9, 0)]


def test_more_than_is_out_is_never_announced(confirmed: Confirm, teapot: Variant) -> None:
    order = confirmed((teapot, 5))
    operations.ship_order(order=order, shipped_by=None)
    line = order.lines.get()

    outcomes = at_once(
        [
            partial(
                operations.request_return,
                order=order,
                quantities={line.pk: 2},
                reason="",
                requested_by=None,
            )
        ]
        * 6
    )

    assert sorted(one.number for one in outcomes if isinstance(one, Return)) == [1, 2]
    line.refresh_from_db()
    assert line.returning == 4


def test_the_last_one_is_exchanged_or_sold(
    acme: Organization, confirmed: Confirm, stock_product: Callable[..., Variant], jo: orders.Buyer
) -> None:
    rare = stock_product("RARE", "Rare", "5.00", 2)
    order = confirmed((rare, 1))
    operations.ship_order(order=order, shipped_by=None)
    line = order.lines.get()
    rma = operations.request_return(
        order=order, quantities={line.pk: 1}, reason="", requested_by=None
    )
    operations.approve_return(rma=rma, approved_by=None)
    operations.receive_return(
        rma=rma, arrivals=[operations.Arrival(line.pk, 1, "damaged")], received_by=None
    )

    at_once(
        [
            partial(
                operations.close_return,
                rma=rma,
                resolution=Return.Resolution.EXCHANGE,
                closed_by=None,
            ),
            partial(
                orders.place_order,
                organization=acme,
                buyer=orders.Buyer(email="other@customer.example"),
                items=[orders.Item(rare, 1)],
                placed_by=None,
            ),
        ]
    )

    level = StockLevel.objects.get(variant=rare)
    assert (level.on_hand, level.reserved) == (1, 1)
