"""What is done to a placed order, from the browser and over the API."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.events.models import Event
from apps.inventory.models import StockLevel
from apps.orders import operations
from apps.orders.models import Adjustment, Order

Call = Callable[..., Any]


@pytest.fixture
def call(client: Client, api_key: str) -> Call:
    """Send JSON to a path below /api/v1/orders."""

    def send(method: str, path: str, body: object = None, **headers: str) -> Any:
        return client.generic(
            method,
            f"/api/v1/orders{path}",
            data="" if body is None else json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {api_key}", **headers},
        )

    return send


@pytest.fixture
def desk(client: Client, alice: User, acme: Organization) -> Client:
    client.force_login(alice)
    return client


def test_an_order_lives_over_the_api(call: Call, order: Order, kettle: Variant) -> None:
    edit = {"lines": [{"position": 1, "quantity": 1}], "added": [{"sku": "KETTLE", "quantity": 1}]}

    answers = [
        call("POST", "/1/confirmation"),
        call("POST", "/1/edits", edit),
        call("POST", "/1/holds", {"kind": "address", "reason": "No street"}),
        call("DELETE", "/1/holds/address"),
        call("POST", "/1/notes", {"text": "Ring twice"}),
        call("PATCH", "/1", {"tags": ["vip"], "assignee": "alice@acme.example"}),
        call("POST", "/1/cancellation", {"reason": "Changed their mind"}),
    ]

    assert [answer.status_code for answer in answers] == [200] * 7
    assert [answer["ETag"] for answer in answers] == [f'"v{n}"' for n in range(2, 9)]
    shown = call("GET", "/1").json()
    assert (shown["status"], shown["total"], shown["tags"]) == ("cancelled", 2499 + 3900, ["vip"])
    assert [line["cancelled"] for line in shown["lines"]] == [1, 0]
    history = call("GET", "/1/history").json()
    assert [event["type"] for event in history][-2:] == ["order.annotated", "order.cancelled"]
    assert call("GET", "?tag=vip").json()["orders"][0]["number"] == 1
    assert call("GET", "?tag=other").json()["orders"] == []


def test_a_stale_version_is_refused_and_nothing_changes(call: Call, order: Order) -> None:
    etag = call("GET", "/1")["ETag"]
    call("POST", "/1/notes", {"text": "Meanwhile"})

    answer = call("POST", "/1/confirmation", **{"If-Match": etag})

    assert answer.status_code == 412
    assert answer.json()["type"] == "/problems/stale-order"
    assert Order.objects.get().status == "pending"
    fresh = call("GET", "/1")["ETag"]
    assert call("POST", "/1/confirmation", **{"If-Match": fresh}).status_code == 200


@pytest.mark.parametrize("etag", ["v1", '"1"', '"v99999999999999999999"', "nonsense", ""])
def test_an_etag_that_is_none_is_said(call: Call, order: Order, etag: str) -> None:
    answer = call("POST", "/1/confirmation", **{"If-Match": etag})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "If-Match"


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "/1/edits", {"lines": [{"position": 7, "quantity": 1}]}, "lines[0].position"),
        ("POST", "/1/edits", {"lines": [{"position": 1, "quantity": -1}]}, "lines[0].quantity"),
        ("POST", "/1/edits", {"lines": [{"position": 1}]}, "lines[0].quantity"),
        ("POST", "/1/edits", {"added": [{"sku": "NO", "quantity": 1}]}, "added[0].sku"),
        ("POST", "/1/edits", {"added": [{"sku": "TEAPOT", "quantity": 0}]}, "added[0].quantity"),
        ("POST", "/1/edits", {"lines": [{"position": 1, "quantity": 2}]}, "lines"),
        ("POST", "/1/edits", {}, "lines"),
        ("POST", "/1/holds", {"kind": "mood", "reason": "x"}, "kind"),
        ("POST", "/1/holds", {"kind": "risk", "reason": ""}, "reason"),
        ("POST", "/1/holds", {"kind": "risk", "reason": "x" * 501}, "reason"),
        ("POST", "/1/notes", {"text": "  "}, "text"),
        ("POST", "/1/notes", {"text": "a\x00b"}, "text"),
        ("POST", "/1/cancellation", {}, "reason"),
        ("PATCH", "/1", {"tags": ["x" * 41]}, "tags[0]"),
        ("PATCH", "/1", {"tags": [str(n) for n in range(21)]}, "tags"),
        ("PATCH", "/1", {"assignee": "mallory@globex.example"}, "assignee"),
        ("PATCH", "/1", {"assignee": "nobody"}, "assignee"),
        ("PATCH", "/1", {"metadata": []}, "metadata"),
        ("DELETE", "/1/holds/mood", None, "kind"),
    ],
)
def test_what_is_wrong_is_named(
    call: Call, order: Order, mallory: User, method: str, path: str, body: Any, field: str
) -> None:
    operations.confirm_order(order=order, confirmed_by=None)
    events = Event.objects.count()

    answer = call(method, path, body)

    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == field
    assert Event.objects.count() == events


@pytest.mark.parametrize("value", ["x\x00y", [{"deep": float("inf")}], float("nan")], ids=repr)
def test_metadata_that_postgres_cannot_store_is_refused(
    call: Call, order: Order, value: object
) -> None:
    answer = call("PATCH", "/1", {"metadata": {"a": value}})

    assert answer.status_code == 422


def test_a_draft_lives_over_the_api(call: Call, teapot: Variant) -> None:
    body = {"lines": [{"sku": "TEAPOT", "quantity": 2}], "customer_name": "Jo"}
    draft = call("POST", "/drafts", body).json()
    path = f"/drafts/{draft['id']}"

    assert call("PUT", path, body | {"customer_name": "Joe"}).json()["customer_name"] == "Joe"
    kept = call("PUT", f"{path}/stock", {"until": "2099-01-01T00:00:00Z"})
    assert kept.status_code == 200
    assert StockLevel.objects.get().reserved == 2
    assert [one["id"] for one in call("GET", "/drafts").json()] == [draft["id"]]
    placed = call("POST", f"{path}/placement")
    assert (placed.status_code, placed.json()["number"]) == (201, 1)
    assert StockLevel.objects.get().reserved == 2
    assert call("GET", path).status_code == 404
    assert call("DELETE", path).status_code == 404


def test_a_draft_stays_one_of_the_api_whoever_goes_on_with_it(
    call: Call, alice: User, teapot: Variant
) -> None:
    body = {"lines": [{"sku": "TEAPOT", "quantity": 2}]}
    path = f"/drafts/{call('POST', '/drafts', body).json()['id']}"
    items = [operations.Item(teapot, 1)]

    operations.save_draft(
        organization=teapot.organization,
        buyer=operations.Buyer(name="Jo"),
        items=items,
        draft=Order.objects.get(),
        saved_by=alice,
    )
    call("POST", f"{path}/placement")
    written = operations.save_draft(
        organization=teapot.organization, buyer=operations.Buyer(), items=items, saved_by=alice
    )
    call("PUT", f"/drafts/{written.pk}", body)
    operations.place_draft(draft=written, placed_by=alice)

    assert [*Order.objects.order_by("pk").values_list("channel", flat=True)] == ["api", "staff"]


@pytest.mark.parametrize(
    "until",
    [
        "2001-01-01T00:00:00Z",
        "2099-01-01T00:00:00",
        "tomorrow",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_stock_is_kept_until_a_moment_to_come(call: Call, teapot: Variant, until: str) -> None:
    body = {"lines": [{"sku": "TEAPOT", "quantity": 2}]}
    draft = call("POST", "/drafts", body).json()["id"]

    answer = call("PUT", f"/drafts/{draft}/stock", {"until": until})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "until"


def test_adjustments_are_part_of_an_order(call: Call, teapot: Variant) -> None:
    body = {
        "lines": [{"sku": "TEAPOT", "quantity": 1}],
        "adjustments": [
            {"kind": "discount", "label": "Friends", "percent": "10"},
            {"kind": "shipping", "label": "DHL", "amount": 595, "tax_rate": "19"},
        ],
    }

    shown = call("POST", "", body).json()

    assert shown["total"] == 2499 - 250 + 595
    assert [one["gross"] for one in shown["adjustments"]] == [0, 595]
    assert call("GET", "/1").json()["adjustments"] == shown["adjustments"]


@pytest.mark.parametrize(
    ("adjustment", "field"),
    [
        ({"kind": "tip", "label": "x"}, "kind"),
        ({"kind": "fee", "label": ""}, "label"),
        ({"kind": "fee", "label": "x", "amount": -1}, "amount"),
        ({"kind": "fee", "label": "x", "amount": 10**14}, "amount"),
        ({"kind": "discount", "label": "x", "percent": 101}, "percent"),
        ({"kind": "discount", "label": "x", "percent": 0}, "percent"),
        ({"kind": "fee", "label": "x", "tax_rate": 101}, "tax_rate"),
        ({"kind": "fee", "label": "x", "percent": 5}, "percent"),
    ],
)
def test_an_adjustment_that_is_none_is_named(
    call: Call, teapot: Variant, adjustment: dict[str, object], field: str
) -> None:
    body = {"lines": [{"sku": "TEAPOT", "quantity": 1}], "adjustments": [adjustment]}

    answer = call("POST", "", body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == f"adjustments[0].{field}"


def test_a_page_that_was_opened_before_a_change_says_who_made_it(
    desk: Client, order: Order, alice: User
) -> None:
    operations.add_note(order=order, text="Meanwhile", written_by=alice)

    answer = desk.post("/acme/orders/1/confirmation/", {"version": "1"})

    assert answer.status_code == 409
    assert "Changed by Alice since you opened it" in answer.text
    assert Order.objects.get().status == "pending"


def test_a_confirmed_order_is_changed_on_its_page(
    desk: Client, order: Order, kettle: Variant
) -> None:
    operations.confirm_order(order=order, confirmed_by=None)
    page = desk.get("/acme/orders/1/change/")
    assert 'value="2"' in page.text

    answer = desk.post(
        "/acme/orders/1/change/",
        {"quantity-1": "1", "sku-0": "KETTLE", "units-0": "2", "reason": "They called"},
    )

    assert answer["Location"] == "/acme/orders/1/"
    shown = desk.get("/acme/orders/1/").text
    assert "€102.99" in shown
    assert "They called" in shown
    assert "+2" in shown


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"quantity-1": "many"}, "Enter a whole number"),
        ({"quantity-1": ""}, "This field is required"),
        ({"quantity-1": "-1"}, "greater than or equal to 0"),
        ({"quantity-1": "2"}, "Nothing of the order would change"),
        ({"quantity-1": "0"}, "Cancel it instead"),
        ({"quantity-1": "99"}, "Not enough stock"),
        ({"quantity-1": "1", "sku-0": "NO"}, "There is no product NO"),
        ({"quantity-1": "1", "sku-0": "KETTLE", "units-0": "0"}, "greater than or equal to 1"),
        ({"quantity-1": "1", "units-2": "4"}, "Of which product?"),
        ({"quantity-1": "1", "version": "1"}, "since you opened it."),
    ],
)
def test_a_refused_change_keeps_what_was_typed(
    desk: Client, order: Order, kettle: Variant, typed: dict[str, str], said: str
) -> None:
    operations.confirm_order(order=order, confirmed_by=None)

    answer = desk.post("/acme/orders/1/change/", {"reason": "They called", **typed})

    assert answer.status_code == 422
    assert said in answer.text
    assert "They called" in answer.text
    assert Order.objects.get().total == 4998


def test_a_discount_is_on_the_page_before_anything_is_changed(
    desk: Client, acme: Organization, teapot: Variant, alice: User
) -> None:
    kind = Adjustment.Kind.DISCOUNT
    order = operations.place_order(
        organization=acme,
        buyer=operations.Buyer(name="Jo"),
        items=[operations.Item(teapot, 1)],
        adjustments=[operations.AdjustmentItem(kind, "For friends", 500)],
        placed_by=alice,
    )
    operations.confirm_order(order=order, confirmed_by=alice)

    assert "€5.00" in desk.get("/acme/orders/1/change/").text


def test_an_order_that_cannot_be_changed_says_so(desk: Client, order: Order) -> None:
    assert "Order 1 is pending." in desk.get("/acme/orders/1/change/").text


def test_holds_notes_and_tags_are_on_the_page(desk: Client, order: Order, alice: User) -> None:
    desk.post("/acme/orders/1/holds/", {"kind": "address", "reason": "No street"})
    desk.post("/acme/orders/1/notes/", {"text": "Ring twice"})
    desk.post("/acme/orders/1/tags/", {"add": "vip, gift"})
    desk.post("/acme/orders/1/assignee/", {"assignee": alice.pk})

    page = desk.get("/acme/orders/1/").text

    assert "On hold: address" in page
    assert "No street" in page
    assert "Ring twice" in page
    assert "?tag=gift" in page
    desk.post("/acme/orders/1/holds/address/release/")
    assert "On hold" not in desk.get("/acme/orders/1/").text


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("holds", {"kind": "mood", "reason": "kept words"}),
        ("holds", {"kind": "risk", "reason": ""}),
        ("notes", {"text": ""}),
        ("tags", {"add": "kept words," + "x" * 41}),
        ("assignee", {"assignee": "999999"}),
        ("assignee", {"assignee": "x"}),
        ("holds/mood/release", {}),
        ("holds/risk/release", {}),
        ("revival", {}),
        ("cancellation", {"reason": ""}),
        ("cancellation", {"reason": "kept words\x00"}),
    ],
)
def test_what_was_typed_is_kept_when_it_is_refused(
    desk: Client, order: Order, path: str, typed: dict[str, str]
) -> None:
    answer = desk.post(f"/acme/orders/1/{path}/", typed)

    assert answer.status_code == 422
    if any("kept words" in value for value in typed.values()):
        assert "kept words" in answer.text
    assert Order.objects.get().version == 1


def test_an_expired_order_is_revived_on_its_page(desk: Client, order: Order) -> None:
    operations.expire_order(order=order, now=timezone.now() + timedelta(days=2))

    answer = desk.post("/acme/orders/1/revival/", follow=True)

    assert "waits for its payment again" in answer.text


def test_discount_and_shipping_are_typed_with_the_order(desk: Client, teapot: Variant) -> None:
    form = {
        "do": "draft",
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "0",
        "lines-0-sku": "TEAPOT",
        "lines-0-quantity": "1",
        "discount": "10",
        "discount_kind": "percent",
        "shipping": "5.95",
        "shipping_tax": "19.0000",
    }
    draft = desk.post("/acme/orders/new/", form)["Location"]
    page = desk.get(draft).text
    assert 'value="10"' in page
    assert 'value="5.95"' in page

    desk.post(draft, form | {"do": "place"})

    order = Order.objects.get()
    assert order.total == 2499 - 250 + 595
    assert "€5.95" in desk.get("/acme/orders/1/").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"discount": "101"},
        {"discount": "-1"},
        {"discount": "ten"},
        {"shipping": "1.234"},
        {"shipping": "NaN"},
        {"shipping": "9" * 20},
        {"shipping": "1", "shipping_tax": "77"},
        {"discount": "1", "discount_kind": "apples"},
        {"country": "XX"},
    ],
)
def test_terms_that_are_none_are_said(desk: Client, teapot: Variant, wrong: dict[str, str]) -> None:
    form = {
        "do": "place",
        "name": "Kept Name",
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "0",
        "lines-0-sku": "TEAPOT",
        "lines-0-quantity": "1",
    }

    answer = desk.post("/acme/orders/new/", form | wrong)

    assert answer.status_code == 422
    assert 'class="errors"' in answer.text
    assert "Kept Name" in answer.text
    assert not Order.objects.exists()


def test_more_of_what_is_on_the_order_goes_to_its_line(desk: Client, order: Order) -> None:
    operations.confirm_order(order=order, confirmed_by=None)

    desk.post(
        "/acme/orders/1/change/",
        {"quantity-1": "2", "sku-0": order.lines.get().sku, "units-0": "3"},
    )

    assert order.lines.get().quantity == 5


def test_who_is_to_look_after_it_is_never_guessed(desk: Client, order: Order, alice: User) -> None:
    desk.post("/acme/orders/1/assignee/", {"assignee": alice.pk})
    assert "alice@acme.example" in desk.get("/acme/orders/1/assignee/").text

    answer = desk.post("/acme/orders/1/assignee/")

    assert answer.status_code == 422
    assert '<p class="errors">Choose who</p>' in answer.text
    assert Order.objects.get().assignee == alice


def test_a_tag_too_many_is_refused_with_a_reason(desk: Client, order: Order) -> None:
    Order.objects.update(tags=[f"tag {number}" for number in range(20)])

    answer = desk.post("/acme/orders/1/tags/", {"add": "one more"})

    assert answer.status_code == 422
    assert "An order has at most 20 tags." in answer.text
    assert 'value="one more"' in answer.text
