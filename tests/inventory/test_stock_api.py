from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Organization
from apps.catalog.models import Variant
from apps.inventory import operations
from apps.inventory.models import StockLevel, StockMovement
from apps.orders.models import Order

Post = Callable[..., Any]

BROKEN = {"sku": "TEAPOT", "location": "MAIN", "change": -3, "reason": "Broken"}
CARRIED = {"sku": "TEAPOT", "source": "MAIN", "target": "ATTIC", "quantity": 4, "reason": "Room"}


@pytest.fixture
def api(client: Client, api_key: str) -> Client:
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {api_key}"
    return client


@pytest.fixture
def post(api: Client, acme: Organization, teapot: Variant) -> Post:
    operations.create_location(organization=acme, code="ATTIC", name="Attic", priority=9)

    def post(path: str, body: object, key: str = "k") -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        return api.post(
            f"/api/v1/stock/{path}", body, content_type="application/json", headers=headers
        )

    return post


def fields(response: Any) -> list[str]:
    assert response["Content-Type"] == "application/problem+json"
    return [error["field"] for error in response.json()["errors"]]


def test_stock_is_listed(api: Client, order: Order, kettle: Variant) -> None:
    answer = api.get("/api/v1/stock").json()

    assert answer["stock"][0] == {
        "sku": "TEAPOT",
        "location": "MAIN",
        "on_hand": 10,
        "reserved": 2,
        "available": 8,
    }
    assert answer["next"] is None
    found = api.get("/api/v1/stock", {"sku": "KETTLE"}).json()
    assert [level["sku"] for level in found["stock"]] == ["KETTLE"]


@pytest.mark.parametrize("query", [{"after": "-1"}, {"after": "x"}, {"sku": "\0"}])
def test_a_mangled_question_is_refused(api: Client, query: dict[str, str]) -> None:
    assert fields(api.get("/api/v1/stock", query)) == list(query)


def test_a_list_takes_the_same_statements_however_long(
    api: Client,
    teapot: Variant,
    kettle: Variant,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    api.get("/api/v1/stock")

    with django_assert_num_queries(2):
        api.get("/api/v1/stock")


def test_what_is_on_hand_is_changed(post: Post) -> None:
    answer = post("adjustments", BROKEN)

    movement = StockMovement.objects.get(idempotency_key="k")
    assert answer.status_code == 201
    assert answer.json() | {"made_at": ""} == {
        "id": movement.pk,
        "sku": "TEAPOT",
        "location": "MAIN",
        "kind": "adjustment",
        "change": -3,
        "reason": "Broken",
        "made_at": "",
    }
    assert StockLevel.objects.get(location__code="MAIN").on_hand == 7


def test_stock_is_carried(post: Post) -> None:
    answer = post("transfers", CARRIED)

    body = answer.json()
    assert answer.status_code == 201
    assert (body["left"]["location"], body["left"]["change"]) == ("MAIN", -4)
    assert (body["arrived"]["location"], body["arrived"]["change"]) == ("ATTIC", 4)


@pytest.mark.parametrize(("path", "body"), [("adjustments", BROKEN), ("transfers", CARRIED)])
def test_a_repeated_request_gets_the_same_answer(
    post: Post, path: str, body: dict[str, object]
) -> None:
    first, second = post(path, body), post(path, body)

    assert (first.status_code, second.status_code) == (201, 200)
    assert second["Idempotent-Replayed"] == "true"
    assert first.json() == second.json()
    assert StockLevel.objects.get(location__code="MAIN").on_hand in {6, 7}


@pytest.mark.parametrize(("path", "body"), [("adjustments", BROKEN), ("transfers", CARRIED)])
def test_a_key_with_another_body_is_refused(post: Post, path: str, body: dict[str, object]) -> None:
    post(path, body)

    assert fields(post(path, body | {"reason": "Other"})) == ["Idempotency-Key"]


@pytest.mark.parametrize(("path", "body"), [("adjustments", BROKEN), ("transfers", CARRIED)])
def test_a_request_without_a_key_is_refused(post: Post, path: str, body: dict[str, object]) -> None:
    answer = post(path, body, key="")

    assert (answer.status_code, fields(answer)) == (422, ["Idempotency-Key"])
    assert StockLevel.objects.get().on_hand == 10


@pytest.mark.parametrize(
    ("path", "change", "field"),
    [
        ("adjustments", {"sku": "NOPE"}, "sku"),
        ("adjustments", {"sku": ""}, "sku"),
        ("adjustments", {"sku": "x" * 65}, "sku"),
        ("adjustments", {"sku": None}, "sku"),
        ("adjustments", {"sku": "T\0"}, "sku"),
        ("adjustments", {"location": "CELLAR"}, "location"),
        ("adjustments", {"change": 0}, "change"),
        ("adjustments", {"change": "three"}, "change"),
        ("adjustments", {"change": 1.5}, "change"),
        ("adjustments", {"change": 10**12}, "change"),
        ("adjustments", {"change": -(10**30)}, "change"),
        ("adjustments", {"reason": ""}, "reason"),
        ("adjustments", {"reason": "x" * 201}, "reason"),
        ("adjustments", {"reason": ["a"]}, "reason"),
        ("transfers", {"sku": "NOPE"}, "sku"),
        ("transfers", {"source": "CELLAR"}, "source"),
        ("transfers", {"target": "CELLAR"}, "target"),
        ("transfers", {"target": "MAIN"}, "target"),
        ("transfers", {"quantity": 0}, "quantity"),
        ("transfers", {"quantity": -4}, "quantity"),
        ("transfers", {"quantity": None}, "quantity"),
        ("transfers", {"quantity": 10**12}, "quantity"),
        ("transfers", {"reason": "  "}, "reason"),
    ],
)
def test_what_is_wrong_is_named(
    post: Post, path: str, change: dict[str, object], field: str
) -> None:
    answer = post(path, (BROKEN if path == "adjustments" else CARRIED) | change)

    assert (answer.status_code, fields(answer)) == (422, [field])
    assert StockLevel.objects.get(location__code="MAIN").on_hand == 10


@pytest.mark.parametrize("body", ["[]", "null", "{", "", "7"])
def test_a_body_that_is_none_is_refused(post: Post, body: str) -> None:
    assert post("transfers", body).status_code in {400, 422}


def test_what_is_promised_is_not_given_away(post: Post, order: Order) -> None:
    taken = post("adjustments", BROKEN | {"change": -9})
    carried = post("transfers", CARRIED | {"quantity": 9})

    assert (taken.status_code, carried.status_code) == (409, 409)
    assert taken.json()["type"] == "/problems/stock-promised"


def test_no_key_no_stock(client: Client, teapot: Variant) -> None:
    assert client.get("/api/v1/stock").status_code == 401
    assert client.post("/api/v1/stock/transfers").status_code == 401
