from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts import operations as accounts
from apps.accounts.models import ApiKey, Organization, User
from apps.catalog.models import Variant
from apps.fulfillment import operations as fulfillment
from apps.inventory import operations as inventory
from apps.invoicing.models import Invoice
from apps.orders import operations
from apps.orders.models import Adjustment, Order, OrderHold

Post = Callable[..., Any]

ONE_TEAPOT = {"email": "jo@customer.example", "lines": [{"sku": "TEAPOT", "quantity": 1}]}


@pytest.fixture
def api(client: Client, api_key: str) -> Client:
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {api_key}"
    return client


@pytest.fixture
def post(api: Client) -> Post:
    def post(body: object, **headers: str) -> Any:
        return api.post("/api/v1/orders", body, content_type="application/json", headers=headers)

    return post


def fields(response: Any) -> list[str]:
    assert response["Content-Type"] == "application/problem+json"
    return [error["field"] for error in response.json()["errors"]]


def test_an_order_is_placed(post: Post, teapot: Variant) -> None:
    response = post(ONE_TEAPOT | {"customer_name": "Jo", "reference": "W-1"})

    body = response.json()
    assert response.status_code == 201
    assert (body["number"], body["status"], body["total"], body["currency"]) == (
        1,
        "pending",
        2499,
        "EUR",
    )
    assert body["lines"][0]["sku"] == "TEAPOT"
    assert body["allowed_actions"] == ["confirm", "hold", "pay", "cancel"]
    assert Order.objects.get().channel == "api"


def test_a_repeated_request_gets_the_same_order(post: Post, teapot: Variant) -> None:
    first = post(ONE_TEAPOT, **{"Idempotency-Key": "abc"})
    second = post(ONE_TEAPOT, **{"Idempotency-Key": "abc"})

    assert (first.status_code, second.status_code) == (201, 200)
    assert second["Idempotent-Replayed"] == "true"
    assert first.json() == second.json()
    assert Order.objects.count() == 1


def test_a_checkout_that_failed_ten_times_becomes_one_order(
    post: Post,
    teapot: Variant,
    order: Order,
    alice: User,
    settle_all: Callable[[], int],
) -> None:
    """A7: whatever it does to the numbers of orders, those of invoices have no gap."""
    nine = ONE_TEAPOT | {"lines": [{"sku": "TEAPOT", "quantity": 9}]}

    failed = [post(nine, **{"Idempotency-Key": "cart-7"}) for _ in range(10)]
    inventory.adjust_stock(
        variant=teapot,
        location=teapot.organization.locations.get(),
        delta=1,
        reason="Found one",
        actor=alice,
    )
    retried = [post(nine, **{"Idempotency-Key": "cart-7"}) for _ in range(10)]
    for each in Order.objects.all():
        operations.confirm_order(order=each, confirmed_by=alice)
        fulfillment.ship_order(order=each, shipped_by=alice)
    settle_all()

    assert {one.status_code for one in failed} == {409}
    assert [one.status_code for one in retried] == [201] + [200] * 9
    assert len({one.json()["number"] for one in retried}) == 1
    assert Order.objects.count() == 2
    assert sorted(Invoice.objects.values_list("number", flat=True)) == [1, 2]


def test_a_repeated_request_gets_the_order_that_took_the_last_of_it(
    post: Post, teapot: Variant
) -> None:
    all_of_it = ONE_TEAPOT | {"lines": [{"sku": "TEAPOT", "quantity": 10}]}

    first = post(all_of_it, **{"Idempotency-Key": "abc"})
    second = post(all_of_it, **{"Idempotency-Key": "abc"})

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


def test_a_reference_under_another_key_is_the_same_order(post: Post, teapot: Variant) -> None:
    first = post(ONE_TEAPOT | {"reference": "W-1"}, **{"Idempotency-Key": "abc"})
    second = post(ONE_TEAPOT | {"reference": "W-1"}, **{"Idempotency-Key": "def"})

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "def"}])
def test_a_reference_of_another_order_is_refused_by_its_name(
    post: Post, teapot: Variant, headers: dict[str, str]
) -> None:
    post(ONE_TEAPOT | {"reference": "W-1"}, **{"Idempotency-Key": "abc"})

    response = post(ONE_TEAPOT | {"reference": "W-1", "note": "other"}, **headers)

    assert response.status_code == 422
    assert fields(response) == ["reference"]
    assert "Order 1" in response.json()["title"]


def test_a_key_with_another_body_is_refused(post: Post, teapot: Variant) -> None:
    post(ONE_TEAPOT, **{"Idempotency-Key": "abc"})

    response = post(ONE_TEAPOT | {"note": "other"}, **{"Idempotency-Key": "abc"})

    assert response.status_code == 422
    assert fields(response) == ["Idempotency-Key"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "not an address"}, "email"),
        ({"lines": []}, "lines"),
        ({"lines": [{"sku": "TEAPOT", "quantity": 0}]}, "lines[0].quantity"),
        ({"lines": [{"sku": "TEAPOT", "quantity": "two"}]}, "lines[0].quantity"),
        ({"lines": [{"sku": "TEAPOT", "quantity": 10**12}]}, "lines[0].quantity"),
        ({"lines": [{"quantity": 1}]}, "lines[0].sku"),
        ({"lines": [{"sku": "TEAPOT", "quantity": 1, "unit_price": -1}]}, "lines[0].unit_price"),
        ({"lines": [{"sku": "TEAPOT", "quantity": 1, "unit_price": "NaN"}]}, "lines[0].unit_price"),
        ({"lines": "TEAPOT"}, "lines"),
        ({"customer_name": "x" * 201}, "customer_name"),
        ({"note": "nul \x00 byte"}, "note"),
        (
            {"lines": [{"sku": "TEAPOT", "quantity": 1}, {"sku": "NONE", "quantity": 1}]},
            "lines[1].sku",
        ),
    ],
)
def test_bad_input_is_refused_by_the_name_of_its_field(
    post: Post, teapot: Variant, change: dict[str, Any], field: str
) -> None:
    response = post(ONE_TEAPOT | change)

    assert response.status_code == 422
    assert fields(response) == [field]
    assert not Order.objects.exists()


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"text"', "\x00", '{"lines": [{}]}'])
def test_a_body_that_is_no_order_is_refused(post: Post, body: str) -> None:
    response = post(body)

    assert response.status_code in {400, 422}
    assert response["Content-Type"] == "application/problem+json"


def test_too_little_stock_is_a_conflict_that_names_the_product(post: Post, teapot: Variant) -> None:
    response = post({"lines": [{"sku": "TEAPOT", "quantity": 11}]})

    assert response.status_code == 409
    assert "TEAPOT: 11 wanted, 10 available" in response.json()["title"]
    assert response.json()["type"] == "/problems/out-of-stock"


@pytest.mark.parametrize("key", ["", "Bearer", "Bearer dz_wrong", "Basic abc", "Bearer \x00"])
def test_without_a_valid_key_nothing_is_said(client: Client, order: Order, key: str) -> None:
    response = client.get("/api/v1/orders", headers={"Authorization": key})

    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"


def test_a_revoked_key_is_refused_at_once(api: Client, order: Order) -> None:
    assert api.get("/api/v1/orders").status_code == 200
    ApiKey.objects.update(revoked_at="2026-01-01T00:00Z")

    assert api.get("/api/v1/orders").status_code == 401


def test_a_neighbours_key_sees_nothing_of_ours(
    client: Client, order: Order, globex: Organization
) -> None:
    secret = accounts.create_api_key(organization=globex, name="spy")[1]
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"

    assert client.get("/api/v1/orders").json()["orders"] == []
    assert client.get("/api/v1/orders/1").status_code == 404
    assert client.get("/api/v1/products").json()["products"] == []
    refused = client.post("/api/v1/orders", ONE_TEAPOT, content_type="application/json")
    assert fields(refused) == ["lines[0].sku"]


def test_an_order_is_shown_by_its_number(api: Client, order: Order) -> None:
    body = api.get("/api/v1/orders/1").json()

    assert (body["number"], body["total"]) == (1, order.total)


def test_an_unknown_number_is_a_problem_document(api: Client, order: Order) -> None:
    response = api.get("/api/v1/orders/999")

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_orders_are_listed_by_status_and_page(
    api: Client, order: Order, post: Post, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    post(ONE_TEAPOT)

    with django_assert_num_queries(2):  # the key, the orders
        body = api.get("/api/v1/orders?status=pending").json()

    assert [one["number"] for one in body["orders"]] == [2, 1]
    assert body["next"] == ""
    assert api.get("/api/v1/orders?status=expired").json()["orders"] == []
    assert fields(api.get("/api/v1/orders?status=nonsense")) == ["status"]


@pytest.mark.parametrize("cursor", ["nonsense", "2026-01-01T00:00:00.000000Z_1", "_", "9" * 60])
def test_a_mangled_cursor_is_no_error(api: Client, order: Order, cursor: str) -> None:
    assert api.get("/api/v1/orders", {"after": cursor}).status_code == 200


def test_pages_follow_each_other_without_gap(
    api: Client, post: Post, teapot: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.orders.queries.PAGE", 2)
    for _ in range(5):
        post(ONE_TEAPOT)

    seen, after = [], ""
    while True:
        page = api.get("/api/v1/orders", {"after": after}).json()
        seen += [one["number"] for one in page["orders"]]
        after = page["next"]
        if not after:
            break

    assert seen == [5, 4, 3, 2, 1]


def test_what_the_description_says_of_a_body_is_what_its_door_takes(client: Client) -> None:
    """Two shapes of one name would be described as one of them."""
    shapes = client.get("/api/v1/openapi.json").json()["components"]["schemas"]

    assert shapes["AdjustmentIn"]["required"] == ["kind", "label"]
    assert shapes["AdjustmentIn"]["properties"]["kind"]["enum"] == Adjustment.Kind.values
    assert shapes["HoldIn"]["properties"]["kind"]["enum"] == OrderHold.Kind.values
    assert shapes["InvoiceOut"]["properties"]["kind"] == {"$ref": "#/components/schemas/Kind"}
    assert shapes["Kind"]["enum"] == Invoice.Kind.values
    assert shapes["StockAdjustmentIn"]["required"] == ["sku", "location", "change", "reason"]


def test_placing_takes_few_statements_however_many_lines(
    post: Post,
    stock_product: Callable[..., Variant],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    def body(count: int) -> dict[str, object]:
        lines = [{"sku": f"S{count}-{n}", "quantity": 1} for n in range(count)]
        for line in lines:
            stock_product(str(line["sku"]), "Thing", "1.00", 5)
        return {"email": "jo@customer.example", "lines": lines}

    post(ONE_TEAPOT)  # the first use of a key is noted
    for count in (3, 30):
        order = body(count)
        # Two of these are the savepoint that stands for BEGIN and COMMIT, so ten do the work.
        with django_assert_num_queries(12):
            assert post(order).status_code == 201


def test_products_are_listed_with_their_variants(api: Client, teapot: Variant) -> None:
    [product] = api.get("/api/v1/products").json()["products"]

    assert product["handle"] == "teapot"
    assert product["variants"][0]["sku"] == "TEAPOT"


def test_the_interface_is_documented(client: Client) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]

    assert {"/api/v1/orders", "/api/v1/orders/{number}", "/api/v1/products"} <= set(paths)


def test_feature_flags_are_readable(api: Client, settings: Any) -> None:
    settings.FEATURES = {"new_checkout": False}

    assert api.get("/api/v1/features").json() == {"new_checkout": False}


@pytest.mark.parametrize(
    "text",
    [
        "\ud800",
        "\udfff lone",
        "a\u202eb",
        "\x1b[31m",
        "👩‍👩‍👧",
        "'; DROP TABLE orders_order; --",
        "%s%n",
        "${7*7}",
    ],
)
def test_no_text_breaks_it(post: Post, teapot: Variant, text: str) -> None:
    response = post(ONE_TEAPOT | {"customer_name": text, "note": text, "reference": text})

    assert response.status_code in {201, 422}


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/orders/99999999999999999999999",
        "/api/v1/orders/-1",
        "/api/v1/orders/abc",
        "/api/v1/products?after=99999999999999999999999",
        "/api/v1/products?after=-1",
        "/api/v1/products?after=%00",
        "/api/v1/orders?after=%00&status=%00",
        "/api/v1/orders?tag=%00",
        "/api/v1/orders?after=0001-01-01T00:00:00.000000Z_1",
    ],
)
def test_no_path_breaks_it(api: Client, order: Order, path: str) -> None:
    assert api.get(path).status_code < 500


def test_a_body_that_is_too_large_is_refused(post: Post, teapot: Variant) -> None:
    assert post(ONE_TEAPOT | {"note": "x" * 3_000_000}).status_code in {400, 413}


def test_a_header_that_is_no_key_is_refused(post: Post, teapot: Variant) -> None:
    for key in ("x" * 300, "\x7f"):
        assert post(ONE_TEAPOT, **{"Idempotency-Key": key}).status_code in {201, 422}
