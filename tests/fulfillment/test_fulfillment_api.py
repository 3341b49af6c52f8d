from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.fulfillment import operations
from apps.fulfillment.models import Fulfillment, Return
from apps.inventory.models import Location, StockLevel
from apps.orders import operations as orders
from apps.orders.models import Order, OrderHold

Confirm = Callable[..., Order]
Post = Callable[..., Any]


@pytest.fixture
def api(client: Client, api_key: str) -> Client:
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {api_key}"
    return client


@pytest.fixture
def post(api: Client) -> Post:
    def post(path: str, body: object = None, **headers: str) -> Any:
        return api.post(
            f"/api/v1/orders/{path}", body, content_type="application/json", headers=headers
        )

    return post


@pytest.fixture
def order(confirmed: Confirm, teapot: Variant) -> Order:
    """Order number one: five teapots, confirmed."""
    return confirmed((teapot, 5))


@pytest.fixture
def shipped(order: Order, alice: User) -> Order:
    operations.ship_order(order=order, shipped_by=alice)
    return order


@pytest.fixture
def approved(shipped: Order) -> Return:
    rma = operations.request_return(
        order=shipped, quantities={shipped.lines.get().pk: 2}, reason="Blue", requested_by=None
    )
    return operations.approve_return(rma=rma, approved_by=None)


def fields(response: Any) -> list[str]:
    assert response["Content-Type"] == "application/problem+json"
    return [error["field"] for error in response.json()["errors"]]


def test_a_parcel_goes_its_way(post: Post, api: Client, order: Order) -> None:
    opened = post("1/fulfillments", {"lines": [{"position": 1, "quantity": 2}]})

    assert opened.status_code == 201
    [parcel] = opened.json()
    assert (parcel["number"], parcel["status"], parcel["location"]) == (1, "open", "MAIN")
    assert parcel["lines"] == [{"position": 1, "sku": "TEAPOT", "quantity": 2}]
    assert parcel["allowed_actions"] == ["ship", "cancel"]
    sent = post(
        "1/fulfillments/1/shipment",
        {"carrier": "DHL", "tracking_number": "42", "tracking_url": "https://dhl.example/42"},
    ).json()
    assert (sent["status"], sent["tracking_url"]) == ("shipped", "https://dhl.example/42")
    assert post("1/fulfillments/1/delivery").json()["status"] == "delivered"
    assert [one["number"] for one in api.get("/api/v1/orders/1/fulfillments").json()] == [1]
    assert StockLevel.objects.get().on_hand == 8


def test_all_that_is_left_is_picked_when_nothing_is_said(
    post: Post, confirmed: Confirm, teapot: Variant, attic: Location
) -> None:
    confirmed((teapot, 12))

    opened = post("1/fulfillments", {}).json()

    assert [(one["location"], one["lines"][0]["quantity"]) for one in opened] == [
        ("MAIN", 10),
        ("ATTIC", 2),
    ]


def test_a_parcel_of_what_is_not_counted_has_no_location(post: Post, confirmed: Confirm) -> None:
    confirmed((None, 1))

    assert post("1/fulfillments", {}).json()[0]["location"] is None


def test_a_pick_list_is_given_up(post: Post, order: Order) -> None:
    post("1/fulfillments", {})

    assert post("1/fulfillments/1/cancellation").json()["status"] == "cancelled"


def test_a_held_order_is_not_shipped(post: Post, order: Order, alice: User) -> None:
    post("1/fulfillments", {})
    orders.place_hold(order=order, kind=OrderHold.Kind.RISK, reason="?", placed_by=alice)

    answer = post("1/fulfillments/1/shipment", {})

    assert answer.status_code == 409
    assert answer.json()["title"] == "It is on hold (risk)."


def test_a_parcel_is_sent_once(post: Post, order: Order) -> None:
    post("1/fulfillments", {})
    post("1/fulfillments/1/shipment", {})

    assert post("1/fulfillments/1/shipment", {}).status_code == 409
    assert post("1/fulfillments/1/cancellation", {}).status_code == 409
    assert StockLevel.objects.get().on_hand == 5


def test_whoever_saw_an_older_order_gets_412(post: Post, order: Order) -> None:
    stale = {"If-Match": f'"v{order.version}"'}
    assert post("1/fulfillments", {}, **stale).status_code == 201

    assert post("1/fulfillments/1/shipment", {}, **stale).status_code == 412
    assert post("1/returns", {"lines": [], "reason": "x"}, **stale).status_code == 422


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": "all"}, "lines"),
        ({"lines": [{"position": 2, "quantity": 1}]}, "lines[0].position"),
        ({"lines": [{"position": "one", "quantity": 1}]}, "lines[0].position"),
        ({"lines": [{"position": 10**30, "quantity": 1}]}, "lines[0].position"),
        ({"lines": [{"quantity": 1}]}, "lines[0].position"),
        ({"lines": [{"position": 1}]}, "lines[0].quantity"),
        ({"lines": [{"position": 1, "quantity": 0}]}, "lines[0].quantity"),
        ({"lines": [{"position": 1, "quantity": -1}]}, "lines[0].quantity"),
        ({"lines": [{"position": 1, "quantity": 1.5}]}, "lines[0].quantity"),
        ({"lines": [{"position": 1, "quantity": 10**12}]}, "lines[0].quantity"),
        ({"lines": [{"position": 1, "quantity": 6}]}, "quantity-1"),
        ({"lines": [{"position": 1, "quantity": 1}] * 2}, "lines[1].position"),
    ],
)
def test_what_cannot_be_picked_is_named(
    post: Post, order: Order, body: dict[str, object], field: str
) -> None:
    answer = post("1/fulfillments", body)

    assert (answer.status_code, fields(answer)) == (422, [field])
    assert not Fulfillment.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"carrier": "x" * 61}, "carrier"),
        ({"carrier": "D\0L"}, "carrier"),
        ({"carrier": 7}, "carrier"),
        ({"tracking_number": "x" * 101}, "tracking_number"),
        ({"tracking_number": None}, "tracking_number"),
        ({"tracking_url": "javascript:alert(1)"}, "tracking_url"),
        ({"tracking_url": "dhl.example"}, "tracking_url"),
        ({"tracking_url": "https://dhl.example/a b"}, "tracking_url"),
        ({"tracking_url": "https://dhl.example/\0"}, "tracking_url"),
        ({"tracking_url": "https://dhl.example/" + "x" * 500}, "tracking_url"),
    ],
)
def test_what_is_no_tracking_is_named(
    post: Post, order: Order, body: dict[str, object], field: str
) -> None:
    post("1/fulfillments", {})

    answer = post("1/fulfillments/1/shipment", body)

    assert (answer.status_code, fields(answer)) == (422, [field])


@pytest.mark.parametrize(
    "path",
    [
        "2/fulfillments",
        "1/fulfillments/2/shipment",
        "1/fulfillments/999999999999/delivery",
        "1/fulfillments/99999999999999999999999999/cancellation",
        "2/returns",
        "1/returns/1/approval",
        "1/returns/99999999999999999999999999/cancellation",
    ],
)
def test_what_is_not_there_is_not_found(post: Post, order: Order, path: str) -> None:
    body = {"lines": [{"position": 1, "quantity": 1}], "reason": "x"}

    assert post(path, body).status_code == 404


def test_a_return_goes_its_way(post: Post, api: Client, shipped: Order) -> None:
    asked = post("1/returns", {"lines": [{"position": 1, "quantity": 2}], "reason": "Blue"})

    assert asked.status_code == 201
    assert asked.json()["allowed_actions"] == ["approve", "decline", "cancel"]
    assert post("1/returns/1/approval").json()["status"] == "approved"
    came = post(
        "1/returns/1/receipt",
        {"lines": [{"position": 1, "received": 2, "disposition": "restock"}], "location": "MAIN"},
    ).json()
    assert came["lines"] == [
        {"position": 1, "sku": "TEAPOT", "requested": 2, "received": 2, "disposition": "restock"}
    ]
    closed = post("1/returns/1/closure", {"resolution": "exchange"}).json()
    assert (closed["status"], closed["exchange_order"]) == ("closed", 2)
    assert [one["number"] for one in api.get("/api/v1/orders/1/returns").json()] == [1]


def test_a_return_is_declined_or_cancelled(post: Post, shipped: Order) -> None:
    body = {"lines": [{"position": 1, "quantity": 2}], "reason": "Blue"}
    post("1/returns", body)
    assert post("1/returns/1/refusal", {"reason": "Worn"}).json()["answer"] == "Worn"
    post("1/returns", body)
    assert post("1/returns/2/cancellation").json()["status"] == "cancelled"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": None}, "lines"),
        ({"lines": [{"position": 9, "quantity": 1}]}, "lines[0].position"),
        ({"lines": [{"position": 1, "quantity": 0}]}, "lines[0].quantity"),
        ({"lines": [{"position": 1, "quantity": 6}]}, "quantity-1"),
        ({"reason": ""}, "reason"),
        ({"reason": "  "}, "reason"),
        ({"reason": "\0"}, "reason"),
        ({"reason": "x" * 501}, "reason"),
    ],
)
def test_what_cannot_be_returned_is_named(
    post: Post, shipped: Order, change: dict[str, object], field: str
) -> None:
    body = {"lines": [{"position": 1, "quantity": 2}], "reason": "Blue"} | change

    answer = post("1/returns", body)

    assert (answer.status_code, fields(answer)) == (422, [field])
    assert not Return.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"position": 9}, "lines[0].position"),
        ({"received": -1}, "lines[0].received"),
        ({"received": 3}, "received-1"),
        ({"received": "two"}, "lines[0].received"),
        ({"received": 10**30}, "lines[0].received"),
        ({"disposition": "eaten"}, "lines[0].disposition"),
        ({"disposition": ""}, "lines[0].disposition"),
        ({"disposition": "missing"}, "disposition-1"),
    ],
)
def test_what_did_not_come_like_that_is_named(
    post: Post, approved: Return, change: dict[str, object], field: str
) -> None:
    line = {"position": 1, "received": 2, "disposition": "restock"} | change

    answer = post("1/returns/1/receipt", {"lines": [line]})

    assert (answer.status_code, fields(answer)) == (422, [field])
    approved.refresh_from_db()
    assert approved.status == "approved"


@pytest.mark.parametrize("location", ["CELLAR", "\0", "x" * 21, 7])
def test_goods_go_only_to_a_location_that_is_there(
    post: Post, approved: Return, location: object
) -> None:
    answer = post("1/returns/1/receipt", {"lines": [], "location": location})

    assert (answer.status_code, fields(answer)) == (422, ["location"])


@pytest.mark.parametrize("resolution", ["", "voucher", None, 7])
def test_a_resolution_is_one_of_three(post: Post, approved: Return, resolution: object) -> None:
    answer = post("1/returns/1/closure", {"resolution": resolution})

    assert (answer.status_code, fields(answer)) == (422, ["resolution"])


@pytest.mark.parametrize("path", ["1/fulfillments", "1/fulfillments/1/shipment", "1/returns"])
@pytest.mark.parametrize("body", ["[]", "null", "{", "7"])
def test_a_body_that_is_none_is_refused(post: Post, shipped: Order, path: str, body: str) -> None:
    answer = post(path, body)

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_lists_take_the_same_statements_however_long(
    api: Client,
    order: Order,
    alice: User,
    acme: Organization,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    line = order.lines.get().pk
    for _ in range(3):
        operations.ship_order(order=order, quantities={line: 1}, shipped_by=alice)
        operations.request_return(
            order=order, quantities={line: 1}, reason="Blue", requested_by=alice
        )
    api.get("/api/v1/orders/1/returns")

    with django_assert_num_queries(4):
        assert len(api.get("/api/v1/orders/1/fulfillments").json()) == 3
    with django_assert_num_queries(4):
        assert len(api.get("/api/v1/orders/1/returns").json()) == 3
