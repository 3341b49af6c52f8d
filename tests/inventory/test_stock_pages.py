from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.inventory.models import StockLevel
from apps.inventory.operations import shelving as inventory
from apps.orders.models import Order


@pytest.fixture
def desk(client: Client, alice: User, acme: Organization) -> Client:
    """Alice at her desk."""
    client.force_login(alice)
    return client


@pytest.fixture
def level(teapot: Variant) -> StockLevel:
    return teapot.levels.get()


def test_an_empty_page_says_what_to_do(desk: Client) -> None:
    assert "The shelves are empty" in desk.get("/acme/stock/").text


def test_the_page_shows_what_is_there_and_what_is_promised(desk: Client, order: Order) -> None:
    page = desk.get("/acme/stock/")

    [row] = page.context["page"].rows
    [shown] = row.levels
    assert (shown.on_hand, shown.reserved, shown.available) == (10, 2, 8)
    assert "Main warehouse" in page.text


def test_the_page_takes_the_same_statements_however_long(
    desk: Client,
    teapot: Variant,
    kettle: Variant,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    desk.get("/acme/stock/")

    with django_assert_num_queries(6):
        desk.get("/acme/stock/")


@pytest.mark.parametrize("after", ["-", "\0"])
def test_a_mangled_link_shows_the_first_page(desk: Client, level: StockLevel, after: str) -> None:
    [row] = desk.get("/acme/stock/", {"after": after}).context["page"].rows

    assert row.levels == [level]


def test_the_next_page_goes_on_behind_the_last_row(
    desk: Client, level: StockLevel, kettle: Variant
) -> None:
    [behind] = desk.get("/acme/stock/", {"after": "KETTLE"}).context["page"].rows

    assert behind.levels == [level]


def test_a_change_is_written_with_its_reason(desk: Client, level: StockLevel) -> None:
    answer = desk.post(f"/acme/stock/{level.pk}/", {"delta": "-3", "reason": "Broken"})

    assert answer["Location"] == f"/acme/stock/{level.pk}/"
    level.refresh_from_db()
    assert level.on_hand == 7
    for path in (f"/acme/stock/{level.pk}/", "/acme/stock/movements/"):
        assert 'Adjustment: <span class="wrap">Broken</span>' in desk.get(path).text


def test_what_orders_were_promised_cannot_be_taken(
    desk: Client, level: StockLevel, order: Order
) -> None:
    answer = desk.post(f"/acme/stock/{level.pk}/", {"delta": "-9", "reason": "Inventory count"})

    assert answer.status_code == 422
    assert "2 of them are promised" in answer.text
    assert 'value="-9"' in answer.text
    assert 'value="Inventory count"' in answer.text
    level.refresh_from_db()
    assert level.on_hand == 10


@pytest.mark.parametrize("delta", ["0", "", "many", "99999999999"])
def test_a_change_is_a_number_of_units(desk: Client, level: StockLevel, delta: str) -> None:
    answer = desk.post(f"/acme/stock/{level.pk}/", {"delta": delta, "reason": "Count"})

    assert answer.status_code == 422
    assert answer.context["form"].errors["delta"]


def test_first_stock_of_a_variant_opens_its_level(desk: Client, acme: Organization) -> None:
    desk.post(
        "/acme/products/new/",
        {
            "name": "Jug",
            "status": "active",
            "variants-TOTAL_FORMS": "1",
            "variants-INITIAL_FORMS": "0",
            "variants-0-sku": "JUG",
            "variants-0-price": "1",
            "variants-0-track_stock": "on",
        },
    )
    offered = desk.get("/acme/stock/")

    answer = desk.post(
        "/acme/stock/receipts/", {"sku": "JUG", "quantity": "12", "reason": "First delivery"}
    )

    level = StockLevel.objects.get()
    assert "Never received" in offered.text
    assert answer["Location"] == f"/acme/stock/{level.pk}/"
    assert level.on_hand == 12


def test_what_alone_waits_for_its_first_units_is_what_came_in(
    desk: Client, stock_product: Callable[..., Variant]
) -> None:
    stock_product("JUG", "Jug", "9", 0)
    stock_product("MUG", "Mug", "4", 0)
    Variant.objects.filter(sku="MUG").update(archived=True)
    one = desk.get("/acme/stock/receipts/").text
    stock_product("CUP", "Cup", "5", 0)
    two = desk.get("/acme/stock/receipts/").text

    assert '<input type="text" name="sku" value="JUG"' in one
    assert '<input type="text" name="sku" value=' not in two


def test_more_than_a_shelf_holds_is_refused_and_nothing_is_lost(
    desk: Client, level: StockLevel
) -> None:
    full = inventory.ON_HAND_AT_MOST - level.on_hand
    inventory.adjust_stock(
        variant=level.variant, location=level.location, delta=full, reason="Much", actor=None
    )

    answer = desk.post(
        "/acme/stock/receipts/",
        {"sku": "TEAPOT", "quantity": "12", "reason": "Late", "location": str(level.location_id)},
    )

    assert answer.status_code == 422
    assert "A location holds at most" in answer.text
    assert 'value="12"' in answer.text


def test_stock_of_an_unknown_sku_is_refused(desk: Client, teapot: Variant) -> None:
    location = teapot.levels.get().location_id

    answer = desk.post(
        "/acme/stock/receipts/",
        {"sku": "NOPE", "quantity": "12", "reason": "Delivery", "location": str(location)},
    )

    assert answer.status_code == 422
    assert "There is no product with the SKU NOPE." in answer.text
    assert 'value="12"' in answer.text
