from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.test import Client
from pypdf import PdfReader
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.fulfillment import operations
from apps.fulfillment.models import Fulfillment
from apps.inventory.models import Location, StockLevel
from apps.orders import operations as orders
from apps.orders.models import Order, OrderHold

Confirm = Callable[..., Order]


@pytest.fixture
def desk(client: Client, alice: User) -> Client:
    """Alice at her desk."""
    client.force_login(alice)
    return client


@pytest.fixture
def picked(confirmed: Confirm, teapot: Variant, alice: User) -> Fulfillment:
    """Order number one, two teapots, is being picked."""
    order = confirmed((teapot, 2))
    [parcel] = operations.open_fulfillment(order=order, opened_by=alice)
    return parcel


def test_shipping_shows_the_parcel(desk: Client, confirmed: Confirm, teapot: Variant) -> None:
    confirmed((teapot, 2))

    answer = desk.post(
        "/acme/orders/1/shipment/",
        {
            "carrier": "DHL",
            "tracking_number": "JJD0099",
            "tracking_url": "https://dhl.example/JJD0099",
        },
    )

    assert answer["Location"] == "/acme/orders/1/"
    page = desk.get("/acme/orders/1/").text
    assert '<a href="https://dhl.example/JJD0099" rel="noopener noreferrer">JJD0099</a>' in page
    assert "The invoice is being prepared." in page


def test_an_unconfirmed_order_is_not_shipped(desk: Client, order: Order) -> None:
    answer = desk.post("/acme/orders/1/shipment/", {"carrier": "DHL"})

    assert answer.status_code == 422
    assert "Only confirmed orders are shipped" in answer.text
    assert not Fulfillment.objects.exists()


def test_part_of_an_order_is_shipped(
    desk: Client, confirmed: Confirm, teapot: Variant, kettle: Variant
) -> None:
    order = confirmed((teapot, 5), (kettle, 1))

    desk.post("/acme/orders/1/shipment/", {"quantity-1": "2", "quantity-2": ""})

    assert list(order.lines.order_by("position").values_list("shipped", flat=True)) == [2, 0]
    page = desk.get("/acme/orders/1/")
    assert 'name="quantity-1" value="3"' in page.text


def test_a_pick_list_is_opened_shipped_and_delivered(
    desk: Client, confirmed: Confirm, teapot: Variant
) -> None:
    confirmed((teapot, 2))
    desk.post("/acme/orders/1/pick-lists/", {"quantity-1": "2"})
    page = desk.get("/acme/orders/1/").text
    assert "All that is left is on pick lists" in page
    assert "Pick list" in page

    desk.post("/acme/orders/1/parcels/1/shipment/", {"carrier": "DHL"})
    assert "Mark as delivered" in desk.get("/acme/orders/1/").text
    desk.post("/acme/orders/1/parcels/1/delivery/")

    parcel = Fulfillment.objects.get()
    assert (parcel.status, parcel.carrier) == ("delivered", "DHL")


def test_a_pick_list_is_given_up(desk: Client, picked: Fulfillment) -> None:
    desk.post("/acme/orders/1/parcels/1/cancellation/")

    assert 'name="quantity-1" value="2"' in desk.get("/acme/orders/1/").text
    assert StockLevel.objects.get().reserved == 2


def test_an_order_in_two_places_gets_two_pick_lists(
    desk: Client, confirmed: Confirm, teapot: Variant, attic: Location
) -> None:
    confirmed((teapot, 12))

    answer = desk.post("/acme/orders/1/pick-lists/", {}, follow=True)

    assert "2 pick lists are open." in answer.text
    assert answer.text.count(">Ship it") == 2


@pytest.mark.parametrize(
    ("path", "change", "field"),
    [
        ("shipment", {"quantity-1": "-1"}, "quantity-1"),
        ("shipment", {"quantity-1": "two"}, "quantity-1"),
        ("shipment", {"quantity-1": "1.5"}, "quantity-1"),
        ("shipment", {"quantity-1": "9" * 30}, "quantity-1"),
        ("shipment", {"quantity-1": "3"}, "quantity-1"),
        ("shipment", {"quantity-1": "\0"}, "quantity-1"),
        ("shipment", {"quantity-1": "0"}, "__all__"),
        ("shipment", {"quantity-1": ""}, "__all__"),
        ("shipment", {"quantity-7": "1"}, "__all__"),
        ("shipment", {"carrier": "x" * 61}, "carrier"),
        ("shipment", {"carrier": "D\0L"}, "carrier"),
        ("shipment", {"tracking_number": "x" * 101}, "tracking_number"),
        ("shipment", {"tracking_url": "javascript:alert(1)"}, "tracking_url"),
        ("shipment", {"tracking_url": "ftp://dhl.example/1"}, "tracking_url"),
        ("shipment", {"tracking_url": "nonsense nonsense"}, "tracking_url"),
        ("shipment", {"tracking_url": f"https://dhl.example/{'x' * 500}"}, "tracking_url"),
        ("pick-lists", {"quantity-1": "-1"}, "quantity-1"),
        ("pick-lists", {"quantity-1": "3"}, "quantity-1"),
        ("pick-lists", {"quantity-1": "0"}, "__all__"),
    ],
)
def test_what_cannot_be_shipped_is_said_at_its_field(
    desk: Client,
    confirmed: Confirm,
    teapot: Variant,
    path: str,
    change: dict[str, str],
    field: str,
) -> None:
    confirmed((teapot, 2))

    answer = desk.post(f"/acme/orders/1/{path}/", {"carrier": "Kept carrier"} | change)

    assert answer.status_code == 422
    assert list(answer.context["shipment_form"].errors) == [field]
    assert ("Kept carrier" in answer.text) == ("carrier" not in change)
    assert not Fulfillment.objects.exists()


@pytest.mark.parametrize(
    "path", ["shipment/", "parcels/1/shipment/", "parcels/1/picking/shipment/"]
)
def test_a_link_in_capitals_is_a_link(
    desk: Client, picked: Fulfillment, alice: User, path: str
) -> None:
    if path == "shipment/":
        operations.cancel_fulfillment(fulfillment=picked, cancelled_by=alice)

    answer = desk.post(f"/acme/orders/1/{path}", {"tracking_url": "HTTPS://dhl.example/JJD?Q=1"})

    assert answer.status_code == 302
    assert Fulfillment.objects.get(status="shipped").tracking_url == "https://dhl.example/JJD?Q=1"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tracking_url": "javascript:alert(1)"}, "tracking_url"),
        ({"carrier": "x" * 61}, "carrier"),
        ({"tracking_number": "\0"}, "tracking_number"),
    ],
)
def test_what_is_wrong_with_a_parcel_is_said_at_its_form(
    desk: Client, picked: Fulfillment, change: dict[str, str], field: str
) -> None:
    typed = {"carrier": "DHL", "tracking_number": "Kept 42"} | change

    answer = desk.post("/acme/orders/1/parcels/1/shipment/", typed)

    assert answer.status_code == 422
    assert list(answer.context["tracking_form"].errors) == [field]
    picked.refresh_from_db()
    assert picked.status == "open"


def test_a_held_parcel_keeps_what_was_typed(desk: Client, picked: Fulfillment, alice: User) -> None:
    orders.place_hold(
        order=picked.order, kind=OrderHold.Kind.ADDRESS, reason="No street", placed_by=alice
    )

    answer = desk.post(
        "/acme/orders/1/parcels/1/shipment/", {"carrier": "DHL", "tracking_number": "Kept 42"}
    )

    assert answer.status_code == 422
    assert "It is on hold (address)." in answer.text
    assert 'value="Kept 42"' in answer.text


def test_what_is_on_hold_may_be_picked(
    desk: Client, confirmed: Confirm, teapot: Variant, alice: User
) -> None:
    order = confirmed((teapot, 2))
    orders.place_hold(order=order, kind=OrderHold.Kind.ADDRESS, reason="?", placed_by=alice)

    page = desk.get("/acme/orders/1/").text
    refused = desk.post("/acme/orders/1/shipment/", {"quantity-1": "1"})
    desk.post("/acme/orders/1/pick-lists/", {"quantity-1": "1"})

    assert "Mark as shipped" not in page
    assert refused.status_code == 422
    assert 'name="quantity-1" value="1"' in refused.text
    assert Fulfillment.objects.get().status == "open"


def test_a_move_that_is_too_late_says_why(desk: Client, picked: Fulfillment) -> None:
    desk.post("/acme/orders/1/parcels/1/shipment/", {})

    for deed in ("shipment", "cancellation"):
        answer = desk.post(f"/acme/orders/1/parcels/1/{deed}/", {})
        assert answer.status_code == 422
        assert "Shipment 1 is shipped." in answer.text


@pytest.mark.parametrize("parcel", [2, 10**6, 10**12, 10**25])
def test_a_parcel_that_is_not_there_is_not_found(
    desk: Client, picked: Fulfillment, parcel: int
) -> None:
    assert desk.post(f"/acme/orders/1/parcels/{parcel}/delivery/").status_code == 404
    assert desk.get(f"/acme/orders/1/parcels/{parcel}/pick-list.pdf").status_code == 404


@pytest.mark.parametrize("paper", ["pick-list", "packing-slip"])
def test_its_papers_say_what_is_in_a_parcel(desk: Client, picked: Fulfillment, paper: str) -> None:
    Order.objects.update(
        shipping_address="1 Main Street\nBoston", note="#eval(1) *no markup*", customer_name="Jo"
    )

    answer = desk.get(f"/acme/orders/1/parcels/1/{paper}.pdf")

    assert answer["Content-Type"] == "application/pdf"
    [page] = PdfReader(BytesIO(answer.content)).pages
    text = page.extract_text()
    for word in ("TEAPOT", "Teapot", "Order 1", "Shipment 1", "Jo", "1 Main Street", "2 units"):
        assert word in text
    assert ("Main warehouse" in text) == (paper == "pick-list")
    assert ("#eval(1) *no markup*" in text) == (paper == "pick-list")


@pytest.mark.parametrize("paper", ["pick-list", "packing-slip"])
def test_its_papers_have_the_date_of_the_shop(
    desk: Client, picked: Fulfillment, paper: str
) -> None:
    Organization.objects.update(timezone="Asia/Tokyo")
    Fulfillment.objects.update(created_at=datetime(2026, 3, 31, 20, tzinfo=UTC))

    answer = desk.get(f"/acme/orders/1/parcels/1/{paper}.pdf")

    [page] = PdfReader(BytesIO(answer.content)).pages
    assert "April 1, 2026" in page.extract_text()


def test_a_long_pick_list_has_more_pages(
    desk: Client, confirmed: Confirm, stock_product: Callable[..., Variant], alice: User
) -> None:
    variants = [stock_product(f"CUP-{number:03}", "Cup", "3.00", 9) for number in range(80)]
    order = confirmed(*((variant, 1) for variant in variants))
    operations.open_fulfillment(order=order, opened_by=alice)

    answer = desk.get("/acme/orders/1/parcels/1/pick-list.pdf")

    pages = PdfReader(BytesIO(answer.content)).pages
    assert len(pages) > 1
    assert "CUP-079" in pages[-1].extract_text()


def test_the_page_takes_the_same_statements_however_many_parcels(
    desk: Client,
    confirmed: Confirm,
    teapot: Variant,
    alice: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    order = confirmed((teapot, 8))
    line = order.lines.get().pk
    for _ in range(6):
        operations.ship_order(order=order, quantities={line: 1}, shipped_by=alice)
    for _ in range(4):
        rma = operations.request_return(
            order=order, quantities={line: 1}, reason="Blue", requested_by=alice
        )
        operations.approve_return(rma=rma, approved_by=alice)
    desk.get("/acme/orders/1/")

    with django_assert_max_num_queries(15):
        page = desk.get("/acme/orders/1/")

    assert page.text.count("Packing slip") == 6


def test_the_slips_of_a_round_are_printed_at_one_go(
    desk: Client,
    confirmed: Confirm,
    teapot: Variant,
    stock_product: Callable[..., Variant],
    alice: User,
) -> None:
    """Each begins on a page of its own and counts its own pages; a parcel given up has none."""
    cups = [stock_product(f"CUP-{number:03}", "Cup", "3.00", 9) for number in range(80)]
    for variants in (cups, [teapot], [teapot]):
        order = confirmed(*((variant, 1) for variant in variants))
        [parcel] = operations.open_fulfillment(order=order, wave=1, opened_by=alice)
    operations.cancel_fulfillment(fulfillment=parcel, cancelled_by=alice)

    answer = desk.get("/acme/picking/rounds/1/packing-slips.pdf")

    assert answer["Content-Type"] == "application/pdf"
    *of_the_first, last = [page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages]
    pages = len(of_the_first)
    assert pages > 1
    for number, page in enumerate(of_the_first, 1):
        assert f"Packing slip 1-1 · Page {number} of {pages}" in page
    assert "Order 2" in last
    assert "Packing slip 2-1 · Page 1 of 1" in last
    assert "TEAPOT" in last


@pytest.mark.parametrize("wave", [0, 1, 2, 10**25])
def test_slips_of_a_round_that_is_not_there_are_not_found(
    desk: Client, confirmed: Confirm, teapot: Variant, alice: User, wave: int
) -> None:
    [parcel] = operations.open_fulfillment(order=confirmed((teapot, 1)), wave=1, opened_by=alice)
    operations.cancel_fulfillment(fulfillment=parcel, cancelled_by=alice)

    assert desk.get(f"/acme/picking/rounds/{wave}/packing-slips.pdf").status_code == 404
