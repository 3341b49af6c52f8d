"""Writing an order: every button sends the whole form, and nothing typed is lost."""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from html import unescape
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from apps.accounts.models import Organization, User
from apps.catalog.models import Product, Variant
from apps.inventory.models import StockLevel
from apps.orders import operations
from apps.orders.models import Adjustment, Order
from tests.together import overtaking

JO = {"name": "Jo March", "email": "jo@customer.example", "shipping_address": "Orchard House"}


@pytest.fixture
def desk(client: Client, alice: User, acme: Organization) -> Client:
    """Alice at her desk."""
    client.force_login(alice)
    return client


@pytest.fixture
def draft(acme: Organization, teapot: Variant, jo: operations.Buyer, alice: User) -> Order:
    return operations.save_draft(
        organization=acme, buyer=jo, items=[operations.Item(teapot, 3)], saved_by=alice
    )


def form(do: str, *lines: tuple[str, str], **more: str) -> dict[str, str]:
    """Fill in the form, and press one of its buttons."""
    data = {**JO, "do": do, "lines-TOTAL_FORMS": str(len(lines)), "lines-INITIAL_FORMS": "0"}
    for index, (sku, quantity) in enumerate(lines):
        data |= {f"lines-{index}-sku": sku, f"lines-{index}-quantity": quantity}
    return data | more


def typed(page: Any) -> list[tuple[str, str]]:
    rows = page.context["sheet"].rows
    return [(row.form["sku"].value(), row.form["quantity"].value()) for row in rows]


def test_placing_leads_to_the_new_order(desk: Client, teapot: Variant, kettle: Variant) -> None:
    answer = desk.post("/acme/orders/new/", form("place", ("TEAPOT", "2"), ("KETTLE", "1")))

    assert answer["Location"] == "/acme/orders/1/"
    order = Order.objects.get()
    assert order.total == 2 * 2499 + 3900
    assert order.email == "jo@customer.example"
    assert order.shipping_address == "Orchard House"


def test_the_same_form_sent_twice_is_one_order(desk: Client, teapot: Variant) -> None:
    key = desk.get("/acme/orders/new/").context["form"]["key"].value()

    desk.post("/acme/orders/new/", form("place", ("TEAPOT", "1"), key=key))
    again = desk.post("/acme/orders/new/", form("place", ("TEAPOT", "1"), key=key), follow=True)

    assert Order.objects.count() == 1
    assert "Order 1 had been placed from this form already." in again.text


@pytest.mark.parametrize(("verb", "status"), [("draft", "draft"), ("place", "pending")])
def test_the_form_of_a_draft_sent_again_goes_on_with_it(
    desk: Client, teapot: Variant, verb: str, status: str
) -> None:
    key = desk.get("/acme/orders/new/").context["form"]["key"].value()
    desk.post("/acme/orders/new/", form("draft", ("TEAPOT", "1"), key=key))

    answer = desk.post("/acme/orders/new/", form(verb, ("TEAPOT", "2"), key=key))

    order = Order.objects.get()
    assert answer["Location"] == order.get_absolute_url()
    assert order.status == status
    assert order.lines.get().quantity == 2


def test_a_new_order_does_not_undo_what_others_made_of_its_draft(
    desk: Client, teapot: Variant
) -> None:
    key = desk.get("/acme/orders/new/").context["form"]["key"].value()
    desk.post("/acme/orders/new/", form("draft", ("TEAPOT", "1"), key=key))
    draft = Order.objects.get()
    address = draft.get_absolute_url()
    desk.post(address, form("draft", ("TEAPOT", "4"), version="1"))

    refused = desk.post("/acme/orders/new/", form("draft", ("TEAPOT", "2"), key=key))

    assert refused.status_code == 422
    assert "has changed since you opened it" in refused.text
    assert typed(refused) == [("TEAPOT", "2")]
    assert draft.lines.get().quantity == 4
    # It goes on as the page of the draft: sent again, it is meant.
    assert f'action="{address}"' in refused.text
    [told] = re.findall(r'name="version" value="(\d+)"', refused.text)
    desk.post(address, form("draft", ("TEAPOT", "2"), version=told))
    assert draft.lines.get().quantity == 2


def test_out_of_stock_is_said_on_the_form_and_nothing_is_lost(
    desk: Client, teapot: Variant, kettle: Variant
) -> None:
    answer = desk.post("/acme/orders/new/", form("place", ("TEAPOT", "1"), ("KETTLE", "6")))

    assert answer.status_code == 422
    assert "KETTLE: 6 wanted, 5 available" in answer.text
    assert "Orchard House" in answer.text
    assert typed(answer) == [("TEAPOT", "1"), ("KETTLE", "6")]
    assert not Order.objects.exists()


def test_the_page_takes_as_many_lines_as_an_order_has(desk: Client, teapot: Variant) -> None:
    lines = [("TEAPOT", "1")] * operations.LINES_AT_MOST

    answer = desk.post("/acme/orders/new/", form("draft", *lines))

    assert answer.status_code == 302
    assert Order.objects.get().lines.count() == operations.LINES_AT_MOST


TOO_LARGE = [
    {"shipping": "99999999999.99", "shipping_tax": "0"},
    {"discount": "9999999999999", "discount_kind": "amount"},
]


@pytest.mark.parametrize("terms", TOO_LARGE)
def test_an_order_larger_than_can_be_booked_is_said_and_nothing_is_lost(
    desk: Client, teapot: Variant, terms: dict[str, str]
) -> None:
    for button in ("place", "draft", "update"):
        answer = desk.post("/acme/orders/new/", form(button, ("TEAPOT", "2"), **terms))

        assert answer.status_code == (200 if button == "update" else 422)
        assert answer.context["sheet"].refusal in answer.text
        assert "Orchard House" in answer.text
        assert typed(answer) == [("TEAPOT", "2")]
    quote = desk.post("/acme/orders/quote/", form("", ("TEAPOT", "2"), **terms))
    assert quote.context["sheet"].refusal in quote.text
    assert not Order.objects.exists()


@pytest.mark.parametrize("percent", ["0.00001", "33.33333"])
def test_a_percentage_finer_than_we_keep_is_said_at_its_field(
    desk: Client, teapot: Variant, percent: str
) -> None:
    answer = desk.post("/acme/orders/new/", form("place", ("TEAPOT", "1"), discount=percent))

    assert answer.status_code == 422
    assert "It has more than 4 decimals." in answer.text
    assert not Order.objects.exists()


def test_a_name_that_cannot_be_stored_is_of_no_product(desk: Client, teapot: Variant) -> None:
    placed = desk.post("/acme/orders/new/", form("place", ("TEAPOT\x00", "1")))
    added = desk.post("/acme/orders/new/", form("add:\x00"))

    assert (placed.status_code, added.status_code) == (422, 200)
    assert "This product is not for sale any more." in placed.text


@pytest.mark.parametrize("quantity", ["", "0", "-1", "two", "1.5", "9" * 30, "9" * 5000])
def test_a_quantity_that_is_none_is_said_at_its_line(
    desk: Client, teapot: Variant, quantity: str
) -> None:
    answer = desk.post("/acme/orders/new/", form("place", ("TEAPOT", quantity)))

    assert answer.status_code == 422
    assert answer.context["sheet"].rows[0].form.errors["quantity"]
    assert typed(answer) == [("TEAPOT", quantity)]


def test_an_order_of_nothing_is_refused(desk: Client) -> None:
    answer = desk.post("/acme/orders/new/", form("place"))

    assert answer.status_code == 422
    assert "Add at least one product" in answer.text


def test_a_product_that_left_the_shop_is_said_at_its_line(desk: Client, teapot: Variant) -> None:
    Product.objects.update(status=Product.Status.ARCHIVED)

    answer = desk.post("/acme/orders/new/", form("place", ("TEAPOT", "1")))

    assert answer.status_code == 422
    assert "not for sale any more" in answer.text


def test_a_neighbours_product_cannot_be_ordered(
    client: Client, mallory: User, globex: Organization, teapot: Variant
) -> None:
    client.force_login(mallory)

    answer = client.post("/globex/orders/new/", form("place", ("TEAPOT", "1")))

    assert answer.status_code == 422
    assert not Order.objects.exists()


def test_adding_a_product_adds_a_line_or_one_to_its_line(
    desk: Client, teapot: Variant, kettle: Variant
) -> None:
    added = desk.post("/acme/orders/new/", form("add:KETTLE", ("TEAPOT", "1")))
    again = desk.post("/acme/orders/new/", form("add:TEAPOT", ("TEAPOT", "4")))

    assert typed(added) == [("TEAPOT", "1"), ("KETTLE", "1")]
    assert typed(again) == [("TEAPOT", "5")]
    assert "Orchard House" in added.text


def test_removing_takes_that_line_away(desk: Client, teapot: Variant, kettle: Variant) -> None:
    answer = desk.post("/acme/orders/new/", form("remove:0", ("TEAPOT", "1"), ("KETTLE", "2")))

    assert typed(answer) == [("KETTLE", "2")]


@pytest.mark.parametrize("do", ["find", "update", ""])
def test_a_search_with_one_answer_adds_it(
    desk: Client, teapot: Variant, kettle: Variant, do: str
) -> None:
    answer = desk.post("/acme/orders/new/", form(do, find="kett"))

    assert typed(answer) == [("KETTLE", "1")]


def test_a_scanned_barcode_adds_at_once_and_one_more_the_next_time(
    desk: Client, teapot: Variant, kettle: Variant
) -> None:
    teapot.barcode = "4006381333931"
    teapot.save()

    first = desk.post("/acme/orders/new/", form("find:4006381333931", find="kett"))
    again = desk.post("/acme/orders/new/", form("find:4006381333931", ("TEAPOT", "1")))

    assert typed(first) == [("TEAPOT", "1")]
    assert typed(again) == [("TEAPOT", "2")]
    assert "Teapot is on the order: 2" in again.text


def test_a_barcode_of_two_articles_asks_which(
    desk: Client, teapot: Variant, kettle: Variant
) -> None:
    Variant.objects.update(barcode="4006381333931")

    answer = desk.post("/acme/orders/new/", form("find", find="4006381333931"))

    assert "add:TEAPOT" in answer.text
    assert "add:KETTLE" in answer.text
    assert typed(answer) == []


def test_a_price_of_its_own_is_taken_and_kept_by_the_draft(desk: Client, teapot: Variant) -> None:
    own = {"lines-0-price": "20.50"}
    quoted = desk.post("/acme/orders/quote/", form("", ("TEAPOT", "2"), **own))
    saved = desk.post("/acme/orders/new/", form("draft", ("TEAPOT", "2"), **own))

    page = desk.get(saved["Location"])

    assert "€41.00" in quoted.text
    assert Order.objects.get().total == 4100
    assert 'value="20.50"' in page.text


def test_a_price_may_have_a_comma(desk: Client, teapot: Variant) -> None:
    desk.post("/acme/orders/new/", form("place", ("TEAPOT", "2"), **{"lines-0-price": "20,50"}))

    assert Order.objects.get().total == 4100


def test_an_empty_price_is_the_catalogues(desk: Client, teapot: Variant) -> None:
    desk.post("/acme/orders/new/", form("place", ("TEAPOT", "2"), **{"lines-0-price": ""}))

    assert Order.objects.get().total == 2 * 2499


@pytest.mark.parametrize("price", ["-1", "x", "9" * 30, "1.1234567"])
def test_a_price_that_is_none_is_said_at_its_line(
    desk: Client, teapot: Variant, price: str
) -> None:
    data = form("place", ("TEAPOT", "2"), **{"lines-0-price": price})

    answer = desk.post("/acme/orders/new/", data)

    assert answer.status_code == 422
    assert answer.context["sheet"].rows[0].form.errors["price"]
    assert f'value="{price}"' in answer.text


def test_somebody_who_bought_before_is_found_with_their_address(
    desk: Client, teapot: Variant
) -> None:
    desk.post("/acme/orders/new/", form("place", ("TEAPOT", "1"), country="DE"))

    by_name = desk.get("/acme/orders/buyers/", {"who": "march"})
    by_email = desk.get("/acme/orders/buyers/", {"who": "JO@"})

    for found in (by_name, by_email):
        assert 'data-address="Orchard House"' in found.text
        assert 'data-country="DE"' in found.text
    assert "data-buyer" not in desk.get("/acme/orders/buyers/", {"who": "ann"}).text
    assert "data-buyer" not in desk.get("/acme/orders/buyers/", {"who": ""}).text


def test_a_neighbours_customers_are_not_found(
    client: Client, desk: Client, mallory: User, globex: Organization, teapot: Variant
) -> None:
    desk.post("/acme/orders/new/", form("place", ("TEAPOT", "1")))
    client.force_login(mallory)

    assert "data-buyer" not in client.get("/globex/orders/buyers/", {"who": "march"}).text


def test_keeping_the_stock_of_a_draft_saves_what_was_typed(desk: Client, draft: Order) -> None:
    data = form("stock", ("TEAPOT", "4"), days="3", note="Typed and dear")

    answer = desk.post(draft.get_absolute_url(), data)

    assert answer["Location"] == draft.get_absolute_url()
    order = Order.objects.get()
    assert (order.lines.get().quantity, order.note) == (4, "Typed and dear")
    assert StockLevel.objects.get().reserved == 4


@pytest.mark.parametrize(("days", "quantity"), [("0", "4"), ("x", "4"), ("3", "11")])
def test_stock_that_cannot_be_kept_is_said_and_nothing_is_lost(
    desk: Client, draft: Order, days: str, quantity: str
) -> None:
    data = form("stock", ("TEAPOT", quantity), days=days, note="Typed and dear")

    answer = desk.post(draft.get_absolute_url(), data)

    assert answer.status_code == 422
    assert "Typed and dear" in answer.text
    assert typed(answer) == [("TEAPOT", quantity)]
    assert StockLevel.objects.get().reserved == 0


def test_discount_and_shipping_are_folded_until_wanted(desk: Client, teapot: Variant) -> None:
    empty = desk.get("/acme/orders/new/").text
    wanted = desk.post("/acme/orders/new/", form("update", ("TEAPOT", "1"), discount="5")).text

    assert '<details class="card fold">' in empty
    assert '<details class="card fold" open>' in wanted


def test_the_form_comes_back_to_whoever_typed_it(desk: Client, alice: User) -> None:
    page = desk.get("/acme/orders/new/").text

    assert f'data-keep="{alice.pk}" data-keep-through="update"' in page


def test_the_page_takes_the_same_statements_however_many_lines(
    desk: Client,
    stock_product: Callable[..., Variant],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    lines = [(stock_product(f"CUP-{n}", "Cup", "3.00", 9).sku, "1") for n in range(12)]
    desk.get("/acme/orders/new/")

    with django_assert_max_num_queries(7):
        page = desk.post("/acme/orders/new/", form("update", *lines))
    with django_assert_max_num_queries(7):
        desk.post("/acme/orders/quote/", form("", *lines))
    with django_assert_max_num_queries(7):
        desk.get("/acme/orders/choices/", {"find": "cup"})
    with django_assert_max_num_queries(5):
        desk.get("/acme/orders/buyers/", {"who": "jo"})

    assert len(page.content) < 100_000


def test_a_search_with_several_answers_shows_them(
    desk: Client, teapot: Variant, kettle: Variant
) -> None:
    answer = desk.post("/acme/orders/new/", form("find", find="t"))

    assert "add:TEAPOT" in answer.text
    assert "add:KETTLE" in answer.text
    assert typed(answer) == []


def test_a_whole_sku_is_an_answer_of_its_own(
    desk: Client, stock_product: Callable[..., Variant]
) -> None:
    stock_product("CUP", "Cup", "1", 1)
    stock_product("CUP-L", "Large cup", "1", 1)

    answer = desk.post("/acme/orders/new/", form("find", find="cup"))

    assert typed(answer) == [("CUP", "1")]


def test_every_word_is_looked_for_in_the_names_the_sku_and_the_barcode(
    desk: Client, stock_product: Callable[..., Variant]
) -> None:
    small = stock_product("TEE-S", "Shirt of linen", "1", 1)
    Variant.objects.filter(pk=small.pk).update(name="Small, red", barcode="4012345678901")
    stock_product("TEE-L", "Shirt of linen", "1", 1)

    def found(words: str) -> list[str]:
        page = desk.get("/acme/orders/choices/", {"find": words})
        return [variant.sku for variant, _available in page.context["found"]]

    assert found("linen shirt") == ["TEE-L", "TEE-S"]
    assert found("RED linen") == found("e-s shirt") == found("re 4012345678901") == ["TEE-S"]
    assert found("red tee-l") == found("linen 401234567890") == []


def test_a_search_without_an_answer_says_so(desk: Client, teapot: Variant) -> None:
    answer = desk.post("/acme/orders/new/", form("find", find="cup"))

    assert "Nothing for sale matches “cup”" in answer.text
    assert typed(answer) == []


def test_products_are_found_while_typing(desk: Client, teapot: Variant, kettle: Variant) -> None:
    found = desk.get("/acme/orders/choices/", {"find": "t"})

    assert "add:TEAPOT" in found.text
    assert "add:KETTLE" in found.text
    assert "10 available" in found.text


def test_the_quote_shows_total_and_shortage_and_writes_nothing(
    desk: Client, teapot: Variant, kettle: Variant
) -> None:
    quote = desk.post("/acme/orders/quote/", form("", ("TEAPOT", "2"), ("KETTLE", "6")))

    assert "€283.98" in quote.text
    assert "Kettle: only 5 available." in quote.text
    assert not Order.objects.exists()


def test_without_the_flag_neither_total_nor_stock_is_shown(
    desk: Client, kettle: Variant, settings: Settings
) -> None:
    settings.FEATURES = {"new_checkout": False}

    page = desk.post("/acme/orders/new/", form("add:KETTLE"))

    assert typed(page) == [("KETTLE", "1")]
    assert "Summary" not in page.text
    assert "/acme/orders/quote/" not in page.text


def test_a_draft_has_no_number_and_is_found_among_drafts(desk: Client, teapot: Variant) -> None:
    answer = desk.post("/acme/orders/new/", form("draft", ("TEAPOT", "99")))

    draft = Order.objects.get()
    assert answer["Location"] == f"/acme/orders/drafts/{draft.pk}/"
    assert draft.number is None
    assert f"Draft {draft.pk}" in desk.get("/acme/orders/?status=draft").text


def test_every_draft_is_reached(desk: Client, acme: Organization) -> None:
    for number in range(51):
        buyer = operations.Buyer(name=f"No. {number}")
        operations.save_draft(organization=acme, buyer=buyer, items=[], saved_by=None)

    newest = desk.get("/acme/orders/?status=draft")
    [older] = re.findall(r'href="(\?status=draft&amp;before=\d+)"', newest.text)
    oldest = desk.get(f"/acme/orders/{unescape(older)}")

    assert "No. 50<" in newest.text
    assert "No. 0<" not in newest.text
    assert "No. 0<" in oldest.text
    assert "before=" not in oldest.text


def test_of_two_who_write_the_same_draft_the_second_is_told(desk: Client, draft: Order) -> None:
    address = draft.get_absolute_url()
    [seen] = re.findall(r'name="version" value="(\d+)"', desk.get(address).text)
    first = form("draft", ("TEAPOT", "4"), version=seen)
    second = form("draft", ("TEAPOT", "5"), version=seen)

    desk.post(address, first)
    refused = desk.post(address, second)
    [told] = re.findall(r'name="version" value="(\d+)"', refused.text)

    assert refused.status_code == 422
    assert "has changed since you opened it" in refused.text
    assert typed(refused) == [("TEAPOT", "5")]
    assert draft.lines.get().quantity == 4
    desk.post(address, second | {"version": told})
    assert draft.lines.get().quantity == 5


def test_a_draft_shows_what_was_written(desk: Client, draft: Order) -> None:
    page = desk.get(draft.get_absolute_url())

    assert typed(page) == [("TEAPOT", "3")]
    assert "Jo March" in page.text


def test_placing_a_draft_places_what_is_on_the_form(desk: Client, draft: Order) -> None:
    answer = desk.post(draft.get_absolute_url(), form("place", ("TEAPOT", "4")))

    assert answer["Location"] == "/acme/orders/1/"
    order = Order.objects.get()
    assert order.pk == draft.pk
    assert order.lines.get().quantity == 4


def test_a_draft_that_cannot_be_placed_keeps_what_was_typed(desk: Client, draft: Order) -> None:
    answer = desk.post(draft.get_absolute_url(), form("place", ("TEAPOT", "11")))

    assert answer.status_code == 422
    assert "TEAPOT: 11 wanted, 10 available" in answer.text
    order = Order.objects.get()
    assert order.status == Order.Status.DRAFT
    assert order.lines.get().quantity == 11


def test_a_draft_that_was_placed_leads_to_its_order(
    desk: Client, draft: Order, alice: User
) -> None:
    address = draft.get_absolute_url()
    operations.place_draft(draft=draft, placed_by=alice)

    assert desk.get(address)["Location"] == "/acme/orders/1/"


def test_a_draft_that_could_not_be_placed_is_placed_once_it_can(desk: Client, draft: Order) -> None:
    """What was typed is saved with the refusal, and the form is that of what was saved."""
    address = draft.get_absolute_url()
    [seen] = re.findall(r'name="version" value="(\d+)"', desk.get(address).text)
    refused = desk.post(address, form("place", ("TEAPOT", "900"), version=seen))
    assert refused.status_code == 422
    [now] = re.findall(r'name="version" value="(\d+)"', refused.text)

    answer = desk.post(address, form("place", ("TEAPOT", "1"), version=now))

    draft.refresh_from_db()
    assert answer["Location"] == draft.get_absolute_url()
    assert draft.status == "pending"


@pytest.mark.django_db(transaction=True)
def test_a_draft_that_two_discard_is_gone(desk: Client, draft: Order) -> None:
    removal = f"{draft.get_absolute_url()}removal/"
    discard = partial(operations.discard_draft, draft=draft)

    answer: Any = overtaking(discard, lambda: desk.post(removal))

    assert answer["Location"] == "/acme/orders/"


@pytest.mark.django_db(transaction=True)
def test_what_was_typed_into_a_draft_that_is_discarded_becomes_a_new_one(
    desk: Client, draft: Order
) -> None:
    sent = form("draft", ("TEAPOT", "5"), version="1")
    discard = partial(operations.discard_draft, draft=draft)

    answer: Any = overtaking(discard, lambda: desk.post(draft.get_absolute_url(), sent))

    assert answer.status_code == 422
    assert "has been discarded" in answer.text
    assert typed(answer) == [("TEAPOT", "5")]
    assert 'action="/acme/orders/new/"' in answer.text
    desk.post("/acme/orders/new/", sent)
    assert Order.objects.get().lines.get().quantity == 5


def test_discarding_a_draft_deletes_it(desk: Client, draft: Order) -> None:
    desk.post(f"{draft.get_absolute_url()}removal/")

    assert not Order.objects.exists()


def test_a_viewer_places_nothing(client: Client, victor: User, teapot: Variant) -> None:
    client.force_login(victor)

    answer = client.post("/acme/orders/new/", form("place", ("TEAPOT", "1")))

    assert answer.status_code == 403
    assert not Order.objects.exists()


@pytest.mark.parametrize("rate", ["19.0000", "0"])
def test_a_draft_is_shown_with_its_discount_and_shipping(
    desk: Client, teapot: Variant, rate: str
) -> None:
    terms = {"discount": "10", "shipping": "5.00", "shipping_tax": rate}
    saved = desk.post("/acme/orders/new/", form("draft", ("TEAPOT", "1"), **terms))

    page = desk.get(saved["Location"])

    sheet = page.context["sheet"]
    assert sheet.order.total == Order.objects.get().total == 2499 - 250 + 500
    assert sheet.terms["shipping_tax"].value() == rate
    assert f'<option value="{rate}" selected>' in page.text


def test_what_a_program_agreed_on_stays_when_a_person_goes_on(
    desk: Client, acme: Organization, teapot: Variant, jo: operations.Buyer
) -> None:
    kinds = Adjustment.Kind
    draft = operations.save_draft(
        organization=acme,
        buyer=jo,
        items=[operations.Item(teapot, 2, Decimal("20.00"))],
        adjustments=[
            operations.AdjustmentItem(kinds.SHIPPING, "DHL", 500),
            operations.AdjustmentItem(kinds.FEE, "Gift wrap", 300, tax_rate=Decimal(19)),
        ],
        saved_by=None,
    )
    path = draft.get_absolute_url()
    assert "€48.00" in desk.get(path).text
    typed_again = form("draft", ("TEAPOT", "3"), shipping="5.00", shipping_tax="0")

    quoted = desk.post("/acme/orders/quote/", typed_again | {"draft": str(draft.pk)}).text
    desk.post(path, typed_again)

    assert "€68.00" in quoted
    saved = Order.objects.get()
    assert (saved.total, saved.lines.get().unit_price) == (6000 + 500 + 300, Decimal(20))
    assert list(saved.adjustments.order_by("position").values_list("label", flat=True)) == [
        "Shipping",
        "Gift wrap",
    ]


CHANGE = "/acme/orders/1/change/quote/"


@pytest.fixture
def confirmed(order: Order) -> Order:
    """Order number one, two teapots, is confirmed."""
    return operations.confirm_order(order=order, confirmed_by=None)


def test_a_change_shows_what_it_would_cost_and_writes_nothing(
    desk: Client, confirmed: Order, kettle: Variant
) -> None:
    typed_change = {"quantity-1": "1", "sku-0": "KETTLE", "units-0": "2"}

    quote = desk.post(CHANGE, typed_change)

    assert "€102.99" in quote.text
    assert "+€53.01" in quote.text
    assert Order.objects.get().total == confirmed.total
    assert confirmed.lines.get().quantity == 2


def test_a_change_says_what_it_would_be_short_of(
    desk: Client, confirmed: Order, kettle: Variant
) -> None:
    quote = desk.post(CHANGE, {"quantity-1": "10", "sku-0": "KETTLE", "units-0": "6"})
    more = desk.post(CHANGE, {"quantity-1": "11"})

    assert "Kettle: only 5 more available." in quote.text
    assert "Teapot" not in quote.text
    assert "Teapot: only 8 more available." in more.text


@pytest.mark.parametrize("quantity", ["", "x", "-1", "9" * 30])
def test_a_change_that_is_not_right_yet_says_so(
    desk: Client, confirmed: Order, quantity: str
) -> None:
    assert "Something above is not right yet." in desk.post(CHANGE, {"quantity-1": quantity}).text
