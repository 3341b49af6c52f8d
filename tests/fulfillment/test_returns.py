from collections.abc import Callable

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.catalog.models import Variant
from apps.events.models import Event
from apps.fulfillment import operations
from apps.fulfillment.models import Fulfillment, Return, ReturnLine
from apps.inventory import operations as inventory
from apps.inventory import queries as stock
from apps.inventory.models import Location, StockMovement
from apps.orders import operations as orders
from apps.orders.models import Credit, Order

Confirm = Callable[..., Order]
Counters = Callable[[], list[tuple[int, int]]]
REFUND, EXCHANGE = Return.Resolution.REFUND, Return.Resolution.EXCHANGE


@pytest.fixture
def shipped(confirmed: Confirm, teapot: Variant, alice: User) -> Order:
    """Three teapots are with the customer."""
    order = confirmed((teapot, 3))
    operations.ship_order(order=order, carrier="DHL", tracking_number="42", shipped_by=alice)
    order.refresh_from_db()
    return order


def request(order: Order, quantity: int, position: int = 1) -> Return:
    line = order.lines.get(position=position)
    return operations.request_return(
        order=order, quantities={line.pk: quantity}, reason="Too blue", requested_by=None
    )


def receive(rma: Return, quantity: int, disposition: str = "restock") -> Return:
    [row] = rma.lines.all()
    arrival = operations.Arrival(row.order_line_id, quantity, disposition)
    return operations.receive_return(rma=rma, arrivals=[arrival], received_by=None)


def took_back(order: Order, quantity: int, disposition: str = "restock") -> Return:
    rma = operations.approve_return(rma=request(order, quantity), approved_by=None)
    return receive(rma, quantity, disposition)


def units(order: Order) -> tuple[int, int]:
    """Returning and returned."""
    line = order.lines.get()
    return line.returning, line.returned


def status(order: Order) -> str:
    return Order.objects.get(pk=order.pk).return_status


def test_everything_comes_back_and_its_parcel_is_still_there(
    shipped: Order, counters: Counters
) -> None:
    """A12"""
    rma = took_back(shipped, 3)
    operations.close_return(rma=rma, resolution=REFUND, closed_by=None)

    parcel = Fulfillment.objects.get()
    assert (parcel.status, parcel.tracking_number) == ("shipped", "42")
    shipped.refresh_from_db()
    assert (shipped.fulfillment_status, shipped.return_status) == ("fulfilled", "returned")
    assert (shipped.credited, shipped.due) == (shipped.total, 0)
    assert counters() == [(10, 0)]


def test_a_return_is_announced_allowed_received_and_closed(shipped: Order) -> None:
    rma = request(shipped, 2)
    assert (rma.number, rma.status, units(shipped)) == (1, "requested", (2, 0))
    assert status(shipped) == "requested"

    operations.approve_return(rma=rma, approved_by=None)
    assert status(shipped) == "in_progress"

    receive(rma, 2)
    assert units(shipped) == (0, 2)
    assert status(shipped) == "in_progress"

    closed = operations.close_return(rma=rma, resolution=REFUND, closed_by=None)
    assert closed.closed_at
    assert status(shipped) == "none"
    types = Event.objects.order_by("pk").values_list("type", flat=True)
    told = [one.partition(".")[2] for one in types]
    assert [one for one in told if one.startswith("return")] == [
        "return_requested",
        "return_approved",
        "return_received",
        "return_closed",
    ]
    said = Event.objects.get(type="order.return_closed").data
    assert (said["resolution"], said["credit"]) == ("refund", Credit.objects.get().gross)


def test_what_is_restocked_can_be_sold_again(
    shipped: Order, teapot: Variant, confirmed: Confirm
) -> None:
    assert stock.availability([teapot.pk]) == {teapot.pk: 7}

    took_back(shipped, 2)

    assert stock.availability([teapot.pk]) == {teapot.pk: 9}
    assert StockMovement.objects.get(kind="return").delta == 2
    confirmed((teapot, 9))


def test_what_is_damaged_is_credited_and_not_sold_again(shipped: Order, teapot: Variant) -> None:
    rma = took_back(shipped, 2, "damaged")
    operations.close_return(rma=rma, resolution=REFUND, closed_by=None)

    assert stock.availability([teapot.pk]) == {teapot.pk: 7}
    assert not StockMovement.objects.filter(kind="return").exists()
    assert Credit.objects.get().gross == 4998


def test_goods_come_back_to_the_place_that_took_them(
    shipped: Order, attic: Location, counters: Counters
) -> None:
    rma = operations.approve_return(rma=request(shipped, 2), approved_by=None)
    [row] = rma.lines.all()

    operations.receive_return(
        rma=rma,
        arrivals=[operations.Arrival(row.order_line_id, 2, "restock")],
        location=attic,
        received_by=None,
    )

    assert counters() == [(7, 0), (7, 0)]


def test_what_did_not_come_is_not_credited_and_may_come_later(shipped: Order) -> None:
    rma = operations.approve_return(rma=request(shipped, 3), approved_by=None)

    receive(rma, 1)
    operations.close_return(rma=rma, resolution=REFUND, closed_by=None)

    assert units(shipped) == (0, 1)
    assert Credit.objects.get().gross == 2499
    request(shipped, 2)
    with pytest.raises(operations.NotSoMany, match="0 are left"):
        request(shipped, 1)


def test_a_parcel_that_was_empty_is_credited_nothing(shipped: Order) -> None:
    rma = operations.approve_return(rma=request(shipped, 3), approved_by=None)

    operations.receive_return(rma=rma, arrivals=[], received_by=None)

    [row] = rma.lines.all()
    assert (row.received, row.disposition, row.credit) == (0, "missing", None)
    assert units(shipped) == (0, 0)
    assert not Credit.objects.exists()
    operations.close_return(rma=rma, resolution=Return.Resolution.NONE, closed_by=None)


def test_three_returns_of_a_line_sum_to_its_value(
    confirmed: Confirm, stock_product: Callable[..., Variant], alice: User
) -> None:
    odd = stock_product("ODD", "Odd", "33.33", 3)
    order = confirmed((odd, 3))
    operations.ship_order(order=order, shipped_by=alice)

    for _ in range(3):
        rma = operations.approve_return(rma=request(order, 1), approved_by=None)
        receive(rma, 1)
        operations.close_return(rma=rma, resolution=REFUND, closed_by=None)

    order.refresh_from_db()
    assert sum(Credit.objects.values_list("gross", flat=True)) == order.total == order.credited


def test_a_return_that_is_declined_frees_its_units(shipped: Order) -> None:
    rma = request(shipped, 3)

    operations.decline_return(rma=rma, reason="Too late", declined_by=None)

    assert (units(shipped), status(shipped)) == ((0, 0), "none")
    request(shipped, 3)


def test_a_return_that_will_not_come_is_cancelled(shipped: Order) -> None:
    rma = operations.approve_return(rma=request(shipped, 3), approved_by=None)

    operations.cancel_return(rma=rma, cancelled_by=None)

    assert (units(shipped), status(shipped)) == ((0, 0), "none")


def test_an_exchange_is_a_new_order_for_the_same_goods_at_no_charge(
    shipped: Order, teapot: Variant, counters: Counters
) -> None:
    teapot.price = 99
    teapot.save()
    rma = took_back(shipped, 2, "damaged")

    closed = operations.close_return(rma=rma, resolution=EXCHANGE, closed_by=None)

    new = closed.exchange_order
    assert new
    assert (new.number, new.status, new.total, new.email) == (2, "confirmed", 0, shipped.email)
    shipped.refresh_from_db()
    assert (shipped.credited, shipped.due) == (0, shipped.total)
    assert new.lines.get().variant == teapot
    assert counters() == [(7, 2)]
    assert Event.objects.get(type="order.return_closed").data["exchange_order"] == 2


def test_an_exchange_waits_for_its_goods(
    shipped: Order, confirmed: Confirm, teapot: Variant
) -> None:
    rma = took_back(shipped, 2, "damaged")
    confirmed((teapot, 7))

    with pytest.raises(inventory.OutOfStock):
        operations.close_return(rma=rma, resolution=EXCHANGE, closed_by=None)

    rma.refresh_from_db()
    assert rma.status == "received"
    operations.close_return(rma=rma, resolution=REFUND, closed_by=None)


@pytest.mark.parametrize("resolution", [EXCHANGE, REFUND])
def test_nothing_is_given_for_nothing(shipped: Order, resolution: Return.Resolution) -> None:
    rma = operations.approve_return(rma=request(shipped, 3), approved_by=None)
    operations.receive_return(rma=rma, arrivals=[], received_by=None)

    with pytest.raises(operations.NotAsAnnounced, match="Nothing came"):
        operations.close_return(rma=rma, resolution=resolution, closed_by=None)

    closed = operations.close_return(rma=rma, resolution=Return.Resolution.NONE, closed_by=None)
    assert closed.status == "closed"


@pytest.mark.parametrize("quantity", [0, -1, 4, 10**9])
def test_only_what_is_out_comes_back(shipped: Order, quantity: int) -> None:
    with pytest.raises(operations.NotSoMany):
        request(shipped, quantity)

    assert not Return.objects.exists()


def test_what_was_not_shipped_is_not_returned(confirmed: Confirm, teapot: Variant) -> None:
    order = confirmed((teapot, 1))

    with pytest.raises(orders.MoveNotAllowed, match="Nothing of it has been shipped"):
        request(order, 1)


@pytest.mark.parametrize(
    ("received", "disposition", "said"),
    [
        (3, "restock", "2 were announced"),
        (-1, "restock", "2 were announced"),
        (1, "missing", "what became"),
        (1, "", "what became"),
        (1, "eaten", "what became"),
    ],
)
def test_what_comes_is_as_announced(
    shipped: Order, received: int, disposition: str, said: str
) -> None:
    rma = operations.approve_return(rma=request(shipped, 2), approved_by=None)

    with pytest.raises(operations.NotAsAnnounced, match=said):
        receive(rma, received, disposition)

    assert ReturnLine.objects.get().disposition == ""


@pytest.mark.parametrize("move", ["approve", "decline", "cancel", "receive", "close"])
def test_a_return_moves_only_as_its_table_says(shipped: Order, move: str) -> None:
    rma = took_back(shipped, 1)
    operations.close_return(rma=rma, resolution=REFUND, closed_by=None)
    acts: dict[str, Callable[[], object]] = {
        "approve": lambda: operations.approve_return(rma=rma, approved_by=None),
        "decline": lambda: operations.decline_return(rma=rma, reason="", declined_by=None),
        "cancel": lambda: operations.cancel_return(rma=rma, cancelled_by=None),
        "receive": lambda: receive(rma, 1),
        "close": lambda: operations.close_return(rma=rma, resolution=REFUND, closed_by=None),
    }

    with pytest.raises(orders.MoveNotAllowed, match="Return 1 is closed"):
        acts[move]()


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
    operations.ship_order(order=order, shipped_by=alice)
    quantities = dict.fromkeys(order.lines.values_list("pk", flat=True), 2)
    arrivals = [operations.Arrival(line_id, 2, "restock") for line_id in quantities]

    with django_assert_num_queries(15):
        rma = operations.request_return(
            order=order, quantities=quantities, reason="", requested_by=alice
        )
    with django_assert_num_queries(13):
        operations.approve_return(rma=rma, approved_by=alice)
    with django_assert_num_queries(19):
        operations.receive_return(rma=rma, arrivals=arrivals, received_by=alice)
    with django_assert_num_queries(24):
        operations.close_return(rma=rma, resolution=REFUND, closed_by=alice)
