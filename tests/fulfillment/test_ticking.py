"""A pick list under way: what is ticked, once however often it is sent, and what is not found."""

from collections.abc import Callable

import pytest

from apps.accounts.models import User
from apps.catalog.models import Variant
from apps.events.models import Event
from apps.fulfillment import operations
from apps.fulfillment.models import Fulfillment, FulfillmentLine
from apps.orders.models import Order
from apps.orders.operations import MoveNotAllowed
from tests.together import at_once

Confirm = Callable[..., Order]
Counters = Callable[[], list[tuple[int, int]]]


@pytest.fixture
def parcel(confirmed: Confirm, teapot: Variant, kettle: Variant, alice: User) -> Fulfillment:
    """Two teapots and a kettle, being picked."""
    teapot.barcode = "4006381333931"
    teapot.save()
    order = confirmed((teapot, 2), (kettle, 1))
    [parcel] = operations.open_fulfillment(order=order, opened_by=alice)
    return parcel


def picked(*parcels: Fulfillment) -> list[int]:
    rows = FulfillmentLine.objects.filter(fulfillment__in=parcels).order_by("pk")
    return list(rows.values_list("picked", flat=True))


@pytest.mark.parametrize("code", ["TEAPOT", "teapot", "4006381333931"])
def test_a_sku_or_a_barcode_ticks_one_unit(parcel: Fulfillment, code: str) -> None:
    done = operations.tick(parcels=[parcel], code=code, key="a")

    assert (done.row.order_line.sku, done.is_new) == ("TEAPOT", True)
    assert picked(parcel) == [1, 0]


def test_a_tick_that_is_sent_again_counts_once(parcel: Fulfillment) -> None:
    operations.tick(parcels=[parcel], code="TEAPOT", key="a")

    again = operations.tick(parcels=[parcel], code="TEAPOT", key="a")

    assert (again.row.picked, again.is_new) == (1, False)
    assert picked(parcel) == [1, 0]


@pytest.mark.parametrize("code", ["CUP", "", "400638133393"])
def test_what_is_not_on_the_list_is_refused(parcel: Fulfillment, code: str) -> None:
    with pytest.raises(operations.WrongArticle):
        operations.tick(parcels=[parcel], code=code, key="a")

    assert picked(parcel) == [0, 0]


def test_more_than_the_list_asks_for_is_refused(parcel: Fulfillment) -> None:
    operations.tick(parcels=[parcel], code="KETTLE", key="a")

    with pytest.raises(operations.AllPicked, match="All of Kettle is picked"):
        operations.tick(parcels=[parcel], code="KETTLE", key="b")

    assert picked(parcel) == [0, 1]


@pytest.mark.parametrize("units", [-1, 3, 10**6])
def test_a_row_never_holds_less_than_nothing_nor_more_than_it_asks_for(
    parcel: Fulfillment, units: int
) -> None:
    row = parcel.lines.order_by("pk")[0]

    with pytest.raises(operations.AllPicked):
        operations.tick(parcels=[parcel], row_id=row.pk, units=units, key="a")

    assert picked(parcel) == [0, 0]


def test_a_unit_is_taken_out_of_the_basket_again(parcel: Fulfillment) -> None:
    row = parcel.lines.order_by("pk")[0]
    operations.tick(parcels=[parcel], row_id=row.pk, units=2, key="a")

    operations.tick(parcels=[parcel], row_id=row.pk, units=-1, key="b")

    assert picked(parcel) == [1, 0]


def test_a_row_of_another_list_is_not_ticked(
    parcel: Fulfillment, confirmed: Confirm, teapot: Variant
) -> None:
    [other] = operations.open_fulfillment(order=confirmed((teapot, 1)), opened_by=None)

    with pytest.raises(operations.WrongArticle):
        operations.tick(parcels=[parcel], row_id=other.lines.get().pk, key="a")

    assert picked(other) == [0]


@pytest.mark.parametrize("end", ["ship", "cancel"])
def test_a_closed_list_is_not_ticked(parcel: Fulfillment, end: str) -> None:
    if end == "ship":
        operations.ship_fulfillment(fulfillment=parcel, shipped_by=None)
    else:
        operations.cancel_fulfillment(fulfillment=parcel, cancelled_by=None)

    with pytest.raises(MoveNotAllowed):
        operations.tick(parcels=[parcel], code="TEAPOT", key="a")


def test_a_round_fills_the_first_parcel_that_wants_it(
    confirmed: Confirm, teapot: Variant, alice: User
) -> None:
    both = [confirmed((teapot, 1)), confirmed((teapot, 2))]
    wave = operations.open_wave(chosen=both, opened_by=alice)

    orders = [
        operations.tick(parcels=wave.parcels, code="TEAPOT", key=key).row.fulfillment.order
        for key in "abc"
    ]

    assert [order.number for order in orders] == [1, 2, 2]
    assert picked(*wave.parcels) == [1, 2]
    assert {parcel.wave for parcel in wave.parcels} == {wave.number}


def test_an_order_that_cannot_be_picked_is_skipped_and_said(
    confirmed: Confirm, order: Order, teapot: Variant, alice: User
) -> None:
    wave = operations.open_wave(chosen=[order, confirmed((teapot, 1))], opened_by=alice)

    assert [parcel.order.number for parcel in wave.parcels] == [2]
    assert "Only confirmed orders are shipped" in wave.skipped[0][1]


def test_what_is_not_found_leaves_the_list_and_waits_again(
    parcel: Fulfillment, counters: Counters, alice: User
) -> None:
    teapots = parcel.lines.order_by("pk")[0]
    operations.tick(parcels=[parcel], code="TEAPOT", key="a")

    operations.report_missing(
        fulfillment=parcel, row_id=teapots.pk, reason="The shelf is empty", reported_by=alice
    )

    teapots.refresh_from_db()
    line = parcel.order.lines.get(sku="TEAPOT")
    assert (teapots.quantity, teapots.picked) == (1, 1)
    assert (line.picking, line.open) == (1, 1)
    assert counters() == [(10, 2), (5, 1)]
    told = Event.objects.get(type="order.picking_short").data
    assert (told["sku"], told["missing"], told["reason"]) == ("TEAPOT", 1, "The shelf is empty")
    [again] = operations.open_fulfillment(order=parcel.order, opened_by=alice)
    assert again.lines.get().quantity == 1


def test_a_row_of_which_nothing_is_found_is_gone(parcel: Fulfillment) -> None:
    teapots, kettles = parcel.lines.order_by("pk")

    operations.report_missing(fulfillment=parcel, row_id=teapots.pk, reason="", reported_by=None)

    assert list(parcel.lines.all()) == [kettles]


def test_a_list_of_which_nothing_is_found_is_given_up(parcel: Fulfillment) -> None:
    for row in parcel.lines.order_by("pk"):
        operations.report_missing(fulfillment=parcel, row_id=row.pk, reason="", reported_by=None)

    parcel.refresh_from_db()
    assert (parcel.status, parcel.lines.count()) == ("cancelled", 1)
    assert {line.open for line in parcel.order.lines.all()} == {1, 2}


def test_what_is_all_there_is_not_missing(parcel: Fulfillment) -> None:
    kettle = parcel.lines.order_by("pk")[1]
    operations.tick(parcels=[parcel], code="KETTLE", key="a")

    with pytest.raises(operations.AllPicked):
        operations.report_missing(fulfillment=parcel, row_id=kettle.pk, reason="", reported_by=None)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_never_tick_more_than_there_is(parcel: Fulfillment) -> None:
    def scan(key: str) -> Callable[[], object]:
        return lambda: operations.tick(parcels=[parcel], code="TEAPOT", key=key)

    done = at_once([scan(key) for key in "abcdef"])

    assert sum(isinstance(one, operations.Tick) for one in done) == 2
    assert sum(isinstance(one, operations.AllPicked) for one in done) == 4
    assert picked(parcel) == [2, 0]


@pytest.mark.django_db(transaction=True)
def test_one_tick_sent_by_two_at_once_counts_once(parcel: Fulfillment) -> None:
    done = at_once([lambda: operations.tick(parcels=[parcel], code="TEAPOT", key="same")] * 4)

    assert sum(isinstance(one, operations.Tick) and one.is_new for one in done) == 1
    assert picked(parcel) == [1, 0]
