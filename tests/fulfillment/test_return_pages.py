import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.catalog.models import Variant
from apps.fulfillment import operations
from apps.fulfillment.models import Return
from apps.inventory.models import Location, StockLevel
from apps.orders.models import Credit, Order
from tests.paying import pay

Confirm = Callable[..., Order]


@pytest.fixture
def desk(client: Client, alice: User) -> Client:
    """Alice at her desk."""
    client.force_login(alice)
    return client


@pytest.fixture
def shipped(confirmed: Confirm, teapot: Variant, alice: User) -> Order:
    """Order number one: three teapots are with the customer."""
    order = confirmed((teapot, 3))
    operations.ship_order(order=order, shipped_by=alice)
    return order


@pytest.fixture
def requested(shipped: Order) -> Return:
    line = shipped.lines.get().pk
    return operations.request_return(
        order=shipped, quantities={line: 2}, reason="Too blue", requested_by=None
    )


@pytest.fixture
def approved(requested: Return) -> Return:
    return operations.approve_return(rma=requested, approved_by=None)


@pytest.fixture
def received(approved: Return) -> Return:
    [row] = approved.lines.all()
    arrivals = [operations.Arrival(row.order_line_id, 2, "damaged")]
    return operations.receive_return(rma=approved, arrivals=arrivals, received_by=None)


def part_of(page: str, start: str) -> str:
    """What is on a page from there to the end of the form."""
    return page.partition(start)[2].partition("</form>")[0]


def state() -> str:
    return Return.objects.get().status


def test_a_return_goes_its_way_on_the_page(desk: Client, shipped: Order) -> None:
    assert "Request a return" in desk.get("/acme/orders/1/").text

    desk.post("/acme/orders/1/returns/", {"quantity-1": "2", "reason": "Too blue"})
    assert "“Too blue”" in desk.get("/acme/orders/1/").text
    desk.post("/acme/orders/1/returns/1/approval/")
    page = desk.get("/acme/orders/1/").text
    assert "Receive the return" in page
    desk.post("/acme/orders/1/returns/1/receipt/", {"received-1": "2", "disposition-1": "restock"})
    page = desk.get("/acme/orders/1/").text
    assert "2 received: Back on the shelf" in page
    desk.post("/acme/orders/1/returns/1/closure/", {"resolution": "exchange"})

    page = desk.get("/acme/orders/1/").text
    assert state() == "closed"
    assert '<a href="/acme/orders/2/">Order 2</a>' in page
    assert StockLevel.objects.get().on_hand == 9


@pytest.mark.parametrize(
    ("cause", "proposed"),
    [
        ("damaged", "damaged"),
        ("faulty", "damaged"),
        ("wrong", "restock"),
        ("unwanted", "restock"),
        ("other", "restock"),
        (None, "restock"),
    ],
)
def test_what_its_customer_calls_broken_is_not_proposed_for_the_shelf(
    desk: Client, shipped: Order, cause: Return.Cause | None, proposed: str
) -> None:
    rma = operations.request_return(
        order=shipped,
        quantities={shipped.lines.get().pk: 1},
        reason="Look at it",
        cause=cause,
        requested_by=None,
    )
    operations.approve_return(rma=rma, approved_by=None)

    page = desk.get("/acme/orders/1/").text
    assert f'<option value="{proposed}" selected>' in part_of(page, 'name="disposition-1"')

    # It is a proposal: what is said is kept, also beside what cannot be.
    typed = {"received-1": "2", "disposition-1": "missing"}
    page = desk.post("/acme/orders/1/returns/1/receipt/", typed).text
    assert '<option value="missing" selected>' in part_of(page, 'name="disposition-1"')
    desk.post("/acme/orders/1/returns/1/receipt/", {"received-1": "1", "disposition-1": "restock"})
    assert Return.objects.get().lines.get().disposition == "restock"


def test_what_may_be_answered_says_what_it_means_and_whether_the_customer_hears(
    desk: Client, requested: Return, shipped: Order
) -> None:
    yes, no, gone = 'returns/1/approval/"', 'id="decline-1"', 'id="cancel-1"'

    page = desk.get("/acme/orders/1/").text
    assert "The customer gets a mail: it may come." in part_of(page, yes)
    assert "Decline: we do not take it back" in part_of(page, no)
    assert "The customer gets a mail with your reason" in part_of(page, no)
    assert "Cancel: it will not come" in part_of(page, gone)
    assert "No mail goes out" in part_of(page, gone)

    for nobody in ({"email": ""}, {"channel": Order.Channel.IMPORT}):
        Order.objects.update(email="jo@customer.example", channel=Order.Channel.STAFF)
        Order.objects.update(**nobody)
        page = desk.get("/acme/orders/1/").text
        for form in (yes, no):
            assert "No mail goes out: tell the customer yourself." in part_of(page, form)
            assert "The customer gets a mail" not in part_of(page, form)


def test_the_form_that_is_next_is_open(desk: Client, approved: Return) -> None:
    pay(approved.order, approved.order.total)
    page = desk.get("/acme/orders/1/").text

    assert 'id="receive-1" open>' in page
    assert 'id="cancel-1" open>' not in page


def test_a_return_is_declined_with_a_reason(desk: Client, requested: Return) -> None:
    desk.post("/acme/orders/1/returns/1/refusal/", {"reason": "It was worn"})

    assert state() == "declined"
    assert "Declined: “It was worn”" in desk.get("/acme/orders/1/").text


def test_a_return_is_cancelled(desk: Client, approved: Return) -> None:
    desk.post("/acme/orders/1/returns/1/cancellation/")

    assert state() == "cancelled"


def test_what_came_is_worth_what_a_refund_credits(desk: Client, received: Return) -> None:
    [worth] = re.findall(r"What came is worth €([\d.]+)\.", desk.get("/acme/orders/1/").text)

    desk.post("/acme/orders/1/returns/1/closure/", {"resolution": "refund"})

    assert Credit.objects.get().gross == Decimal(worth) * 100


@pytest.mark.parametrize("resolution", ["refund", "voucher"])
def test_a_return_that_was_closed_meanwhile_says_so(
    desk: Client, shipped: Order, resolution: str
) -> None:
    """All of the order has come back and is credited: nothing of it is worth anything now."""
    [line] = shipped.lines.all()
    rma = operations.request_return(
        order=shipped, quantities={line.pk: 3}, reason="Too blue", requested_by=None
    )
    rma = operations.approve_return(rma=rma, approved_by=None)
    arrivals = [operations.Arrival(line.pk, 3, "damaged")]
    rma = operations.receive_return(rma=rma, arrivals=arrivals, received_by=None)
    operations.close_return(rma=rma, resolution=Return.Resolution.REFUND, closed_by=None)

    page = desk.post("/acme/orders/1/returns/1/closure/", {"resolution": resolution})

    assert page.status_code == 422
    assert "What came is worth" not in page.text
    assert Credit.objects.count() == 1


def test_the_next_step_of_a_return_is_to_count_it_and_then_to_close_it(
    desk: Client, approved: Return
) -> None:
    pay(approved.order, approved.order.total)
    assert "Once the goods are here, count them" in desk.get("/acme/orders/1/").text

    [row] = approved.lines.all()
    arrivals = [operations.Arrival(row.order_line_id, 2, "damaged")]
    operations.receive_return(rma=approved, arrivals=arrivals, received_by=None)

    page = desk.get("/acme/orders/1/").text
    assert "Once the goods are here" not in page
    assert "The goods are here: say what the customer gets for them." in page


def test_goods_go_back_to_the_shelf_that_is_chosen(
    desk: Client, approved: Return, attic: Location
) -> None:
    desk.post(
        "/acme/orders/1/returns/1/receipt/",
        {"received-1": "2", "disposition-1": "restock", "location": "ATTIC"},
    )

    assert StockLevel.objects.get(location=attic).on_hand == 7


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"quantity-1": "4"}, "quantity-1"),
        ({"quantity-1": "-1"}, "quantity-1"),
        ({"quantity-1": "all"}, "quantity-1"),
        ({"quantity-1": "9" * 30}, "quantity-1"),
        ({"quantity-1": "0"}, "__all__"),
        ({"quantity-1": ""}, "__all__"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"reason": "\0"}, "reason"),
    ],
)
def test_a_request_that_cannot_be_is_said_at_its_field(
    desk: Client, shipped: Order, change: dict[str, str], field: str
) -> None:
    typed = {"quantity-1": "2", "reason": "Kept reason"} | change

    answer = desk.post("/acme/orders/1/returns/", typed)

    assert answer.status_code == 422
    assert list(answer.context["return_form"].errors) == [field]
    assert ("Kept reason" in answer.text) == ("reason" not in change)
    assert not Return.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"received-1": "3"}, "received-1"),
        ({"received-1": "-1"}, "received-1"),
        ({"received-1": ""}, "received-1"),
        ({"received-1": "two"}, "received-1"),
        ({"received-1": "9" * 30}, "received-1"),
        ({"disposition-1": ""}, "disposition-1"),
        ({"disposition-1": "eaten"}, "disposition-1"),
        ({"disposition-1": "missing"}, "disposition-1"),
        ({"location": "CELLAR"}, "location"),
        ({"location": "9" * 30}, "location"),
        ({"location": "M\0"}, "location"),
    ],
)
def test_a_receipt_that_cannot_be_is_said_at_its_field(
    desk: Client, approved: Return, change: dict[str, str], field: str
) -> None:
    typed = {"received-1": "1", "disposition-1": "damaged"} | change

    answer = desk.post("/acme/orders/1/returns/1/receipt/", typed)

    assert answer.status_code == 422
    assert list(answer.context["arrival_form"].errors) == [field]
    assert answer.context["arrival_form"].data["disposition-1"] == typed["disposition-1"]
    assert state() == "approved"


@pytest.mark.parametrize(
    ("deed", "typed", "form"),
    [
        ("refusal", {"reason": ""}, "decline_form"),
        ("refusal", {"reason": "x" * 501}, "decline_form"),
        ("refusal", {"reason": "\0"}, "decline_form"),
        ("closure", {}, "resolution_form"),
        ("closure", {"resolution": "voucher"}, "resolution_form"),
        ("closure", {"resolution": "\0"}, "resolution_form"),
        ("closure", {"resolution": "refund"}, "resolution_form"),
    ],
)
def test_what_is_wrong_with_a_deed_is_said_at_its_form(
    desk: Client, requested: Return, deed: str, typed: dict[str, str], form: str
) -> None:
    answer = desk.post(f"/acme/orders/1/returns/1/{deed}/", typed)

    assert answer.status_code == 422
    assert answer.context[form].errors
    assert state() == "requested"


def test_an_exchange_that_is_out_of_stock_says_so(
    desk: Client, received: Return, confirmed: Confirm, teapot: Variant
) -> None:
    confirmed((teapot, 7))

    answer = desk.post("/acme/orders/1/returns/1/closure/", {"resolution": "exchange"})

    assert answer.status_code == 422
    assert "TEAPOT: 2 wanted, 0 available" in answer.text
    assert state() == "received"


@pytest.mark.parametrize("deed", ["approval", "cancellation"])
def test_a_deed_that_is_too_late_says_why(desk: Client, received: Return, deed: str) -> None:
    answer = desk.post(f"/acme/orders/1/returns/1/{deed}/")

    assert answer.status_code == 422
    assert "Return 1 is received." in answer.text


@pytest.mark.parametrize("number", ["2", "999999", "9" * 30])
def test_a_return_that_is_not_there_is_not_found(
    desk: Client, requested: Return, number: str
) -> None:
    assert desk.post(f"/acme/orders/1/returns/{number}/approval/").status_code == 404


def test_a_return_of_another_order_is_not_found(
    desk: Client, requested: Return, confirmed: Confirm, teapot: Variant
) -> None:
    confirmed((teapot, 1))

    assert desk.post("/acme/orders/2/returns/1/approval/").status_code == 404


def test_every_field_of_the_page_has_a_label_of_its_own(
    desk: Client, requested: Return, shipped: Order, confirmed: Confirm, alice: User
) -> None:
    """Parcels and returns have the same fields, and a label names only the first of an id."""
    rma = operations.request_return(
        order=shipped,
        quantities={shipped.lines.get().pk: 1},
        reason="Cracked",
        requested_by=None,
    )
    operations.approve_return(rma=rma, approved_by=None)

    for page in (
        desk.get("/acme/orders/1/"),
        desk.post("/acme/orders/1/returns/1/refusal/", {}),
        desk.post("/acme/orders/1/returns/2/receipt/", {}),
    ):
        ids = re.findall(r' id="((?:ship|parcel|return|receive|decline|close)-[^"]+)"', page.text)
        assert len(ids) >= 5
        assert len(ids) == len(set(ids))
