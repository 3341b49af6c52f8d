"""The catalogue as people work with it: narrowed, ticked, written by two at once, tidied up."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Organization, User
from apps.catalog import operations, queries
from apps.catalog.models import Product, TaxClass, Variant
from apps.files.models import StoredFile
from apps.inventory import operations as inventory
from apps.orders import operations as orders
from apps.orders.models import Order
from tests.catalog.test_product_pages import NEW, variants
from tests.together import at_once, overtaking


@pytest.fixture
def desk(client: Client, alice: User, acme: Organization) -> Client:
    """Alice at her desk."""
    client.force_login(alice)
    return client


def names(desk: Client, **asked: Any) -> list[str]:
    page = desk.get("/acme/products/", asked).context["page"]
    return [row.product.name for row in page.rows]


def sent(variant: Variant, **change: str) -> dict[str, str]:
    facts = {"id": str(variant.pk), "sku": variant.sku, "price": "24.99", "track_stock": "on"}
    return NEW | {"name": "Teapot"} | variants(facts | change, known=1)


def test_products_are_found_by_words_of_the_name_by_sku_and_by_whole_barcode(
    desk: Client, teapot: Variant, kettle: Variant
) -> None:
    Product.objects.filter(pk=kettle.product_id).update(name="Blue kettle, whistling")
    Variant.objects.filter(pk=kettle.pk).update(barcode="4012345678901")

    assert names(desk, q="whist blue") == ["Blue kettle, whistling"]
    assert names(desk, q="ttl") == ["Blue kettle, whistling"]
    assert names(desk, q="EAPO") == ["Teapot"]
    assert names(desk, q="401234567890") == []


@pytest.mark.parametrize("typed", ["12,50", "12.50", " 12,5 "])
def test_a_price_is_read_as_people_write_it(desk: Client, teapot: Variant, typed: str) -> None:
    assert desk.post("/acme/products/teapot/", sent(teapot, price=typed)).status_code == 302

    teapot.refresh_from_db()
    assert teapot.price == Decimal("12.5")


def test_a_product_of_many_variants_is_saved(desk: Client, teapot: Variant) -> None:
    Variant.objects.bulk_create(
        Variant(
            organization=teapot.organization,
            product=teapot.product,
            sku=f"POT-{number}",
            price=Decimal(5),
        )
        for number in range(220)
    )
    page = desk.get("/acme/products/teapot/").context
    shown = [field for form in [page["form"], *page["variants"]] for field in form]
    typed = {field.html_name: field.value() for field in shown if field.value() is not None}
    typed |= {field.html_name: field.value() for field in page["variants"].management_form}

    answer = desk.post("/acme/products/teapot/", typed | {"name": "Pot"})

    assert answer.status_code == 302
    assert Product.objects.get().name == "Pot"


def add(desk: Client, sku: str) -> Any:
    return desk.post("/acme/products/new/", NEW | variants({"sku": sku, "price": "1"}))


@pytest.mark.django_db(transaction=True)
def test_products_of_one_name_that_come_at_once_get_a_handle_each(
    desk: Client, acme: Organization
) -> None:
    jug = operations.ProductFacts("Milk jug")
    one = operations.VariantFacts("ONE", Decimal(1))

    second = overtaking(
        lambda: operations.create_product(organization=acme, facts=jug, variants=[one]),
        lambda: add(desk, "TWO"),
    )
    others = at_once([lambda sku=sku: add(desk, sku) for sku in "ABC"])  # type: ignore[misc]

    assert [answer.status_code for answer in (second, *others)] == [302] * 4  # type: ignore[attr-defined]
    assert len(set(Product.objects.values_list("handle", flat=True))) == 5
    assert Variant.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_a_product_that_is_sent_twice_at_once_is_refused_at_its_sku(
    desk: Client, acme: Organization
) -> None:
    jug = operations.ProductFacts("Milk jug")
    one = operations.VariantFacts("ONE", Decimal(1))

    answer: Any = overtaking(
        lambda: operations.create_product(organization=acme, facts=jug, variants=[one]),
        lambda: add(desk, "ONE"),
    )

    assert answer.status_code == 422
    [row] = answer.context["variants"]
    assert row.errors == {"sku": ["The SKU ONE belongs to another variant."]}
    assert Product.objects.count() == 1


@pytest.mark.parametrize("code", ["4012345678901", "teapot"])
def test_a_scan_leads_to_the_product(
    desk: Client, teapot: Variant, kettle: Variant, code: str
) -> None:
    Variant.objects.filter(pk=teapot.pk).update(barcode="4012345678901")

    assert desk.get("/acme/products/", {"q": code})["Location"] == "/acme/products/teapot/"


def test_a_barcode_of_several_products_shows_them_all(
    desk: Client, teapot: Variant, kettle: Variant
) -> None:
    Variant.objects.update(barcode="4012345678901")

    assert names(desk, q="4012345678901") == ["Kettle", "Teapot"]


def test_products_are_narrowed(
    desk: Client, acme: Organization, teapot: Variant, kettle: Variant, standard_tax: TaxClass
) -> None:
    image = StoredFile.objects.create(
        organization=acme, key="k", name="k", content_type="image/png", size=1, status="ready"
    )
    books = operations.add_tax_class(organization=acme, name="Books", rate=Decimal(7))
    Product.objects.filter(pk=teapot.product_id).update(image=image, tax_class=books)
    Product.objects.create(organization=acme, handle="cup", name="Cup", status="draft")

    assert names(desk) == ["Cup", "Kettle", "Teapot"]
    assert names(desk, sort="newest")[0] == "Cup"
    assert names(desk, status="draft") == ["Cup"]
    assert names(desk, tax_class=books.pk) == ["Teapot"]
    assert names(desk, image="without") == ["Cup", "Kettle"]
    assert names(desk, stock="low") == ["Kettle"]
    assert names(desk, stock="out") == []
    assert names(desk, status="x", tax_class="x", stock="x", sort="x") == names(desk)


@pytest.mark.parametrize("sort", ["", "newest"])
def test_products_of_one_name_are_on_one_page_each(
    desk: Client, acme: Organization, sort: str
) -> None:
    Product.objects.bulk_create(
        Product(organization=acme, handle=f"cup-{number}", name="Cup") for number in range(53)
    )

    first = desk.get("/acme/products/", {"sort": sort}).context["page"]
    second = desk.get("/acme/products/", {"sort": sort, "after": first.next}).context["page"]

    shown = {row.product.pk for page in (first, second) for row in page.rows}
    assert (len(first.rows), len(second.rows), len(shown)) == (50, 3, 53)


def test_ticked_products_are_archived_and_sold_again(
    desk: Client, acme: Organization, teapot: Variant, kettle: Variant
) -> None:
    ticked = {"handle": ["teapot", "kettle"], "list": "q=t", "status": "archived"}

    answer = desk.post("/acme/products/statuses/", ticked)

    assert answer["Location"] == "/acme/products/?q=t"
    assert set(Product.objects.values_list("status", flat=True)) == {"archived"}
    assert "2 products are archived." in desk.get("/acme/products/").text
    desk.post("/acme/products/statuses/", {"handle": "teapot", "status": "active"})
    assert names(desk, status="active") == ["Teapot"]
    change = queries.last_change(Product.objects.get(handle="teapot"))
    assert change is not None
    assert (change.type, change.sequence) == ("product.active", 3)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"handle": "teapot"},
        {"handle": "teapot", "status": "x"},
        {"handle": "tea\0pot", "status": "archived"},
    ],
)
def test_without_a_tick_or_a_status_nothing_changes(
    desk: Client, teapot: Variant, asked: dict[str, str]
) -> None:
    desk.post("/acme/products/statuses/", asked)

    assert Product.objects.get().version == 1


def test_whoever_is_slower_is_told_who_was_faster_and_loses_nothing(
    desk: Client, teapot: Variant, victor: User
) -> None:
    operations.update_product(
        product=teapot.product,
        facts=operations.ProductFacts("Pot"),
        variants=[],
        saved_by=victor,
    )
    typed = sent(teapot, price="30") | {"version": "1"}

    answer = desk.post("/acme/products/teapot/", typed)

    assert answer.status_code == 409
    assert "Changed by Victor since you opened it." in answer.text
    assert 'value="30"' in answer.text
    assert Product.objects.get().name == "Pot"
    version = answer.context["form"]["version"].value()
    desk.post("/acme/products/teapot/", typed | {"version": version})
    teapot.refresh_from_db()
    assert (Product.objects.get().name, teapot.price) == ("Teapot", Decimal(30))


def test_a_new_image_makes_no_open_form_stale(
    desk: Client, acme: Organization, teapot: Variant
) -> None:
    operations.remove_image(product=teapot.product)

    assert desk.post("/acme/products/teapot/", sent(teapot) | {"version": "1"}).status_code == 302


def test_a_variant_that_nothing_names_is_removed(desk: Client, teapot: Variant) -> None:
    other = Variant.objects.create(
        organization=teapot.organization, product=teapot.product, sku="TYPO", price=1
    )
    rows = variants(
        {"id": str(teapot.pk), "sku": "TEAPOT", "price": "1", "track_stock": "on"},
        {"id": str(other.pk), "sku": "", "price": "", "DELETE": "on"},
        {"sku": "TYPO", "price": "2"},
        known=2,
    )

    answer = desk.post("/acme/products/teapot/", NEW | rows)

    assert answer.status_code == 302
    assert not Variant.objects.filter(pk=other.pk).exists()
    assert Variant.objects.get(sku="TYPO").price == 2


def test_a_variant_that_was_in_stock_stays_and_its_row_says_why(
    desk: Client, teapot: Variant
) -> None:
    rows = sent(teapot, DELETE="on")
    rows |= {"variants-1-sku": "NEW", "variants-1-price": "1", "variants-TOTAL_FORMS": "2"}

    answer = desk.post("/acme/products/teapot/", rows)

    assert answer.status_code == 422
    assert "Orders or stock movements name TEAPOT, so it stays." in str(
        answer.context["rows"][0][0].errors["sku"]
    )
    assert teapot.levels.get().on_hand == 10
    assert not Variant.objects.filter(sku="NEW").exists()


def test_a_variant_that_was_ordered_stays(
    acme: Organization, stock_product: Any, jo: orders.Buyer, alice: User
) -> None:
    cup = stock_product("CUP", "Cup", "1", 0)
    Variant.objects.filter(pk=cup.pk).update(track_stock=False)
    cup.refresh_from_db()
    orders.place_order(organization=acme, buyer=jo, items=[orders.Item(cup, 1)], placed_by=alice)

    with pytest.raises(operations.VariantUsed):
        operations.update_product(
            product=cup.product,
            facts=operations.ProductFacts("Cup"),
            variants=[operations.VariantFacts("OTHER", Decimal(1))],
            removed=[cup.pk],
        )


def test_the_last_variant_is_not_removed(desk: Client, acme: Organization) -> None:
    product = operations.create_product(
        organization=acme,
        facts=operations.ProductFacts("Cup"),
        variants=[operations.VariantFacts("CUP", Decimal(1))],
    )

    answer = desk.post(
        "/acme/products/cup/", sent(product.variants.get(), DELETE="on") | {"name": "Cup"}
    )

    assert answer.status_code == 422
    assert "at least one variant" in answer.text
    assert Variant.objects.exists()


def test_the_variant_of_another_product_is_not_removed(
    desk: Client, teapot: Variant, kettle: Variant
) -> None:
    rows = variants(
        {"id": str(teapot.pk), "sku": "TEAPOT", "price": "1", "track_stock": "on"},
        {"id": str(kettle.pk), "sku": "KETTLE", "price": "1", "DELETE": "on"},
        known=2,
    )

    desk.post("/acme/products/teapot/", NEW | rows)

    assert Variant.objects.filter(pk=kettle.pk).exists()


def test_a_variant_off_sale_is_kept_and_offered_to_nobody(
    desk: Client, acme: Organization, teapot: Variant
) -> None:
    desk.post("/acme/products/teapot/", sent(teapot, archived="on"))

    teapot.refresh_from_db()
    assert teapot.archived
    assert list(queries.sellable_variants(acme)) == []
    [row] = desk.get("/acme/products/").context["page"].rows
    assert row.variants == 0


def test_weight_and_the_words_of_the_image_are_saved(desk: Client, teapot: Variant) -> None:
    desk.post(
        "/acme/products/teapot/", sent(teapot, weight_g="850") | {"image_alt": "A blue teapot"}
    )

    teapot.refresh_from_db()
    assert (teapot.weight_g, Product.objects.get().image_alt) == (850, "A blue teapot")
    assert 'value="850"' in desk.get("/acme/products/teapot/").text


def test_the_words_of_an_image_that_is_being_checked_are_kept(
    desk: Client, acme: Organization, teapot: Variant
) -> None:
    image = StoredFile.objects.create(
        organization=acme, key="k", name="k", content_type="image/png", size=1
    )
    Product.objects.update(image=image, image_alt="A blue teapot")

    page = desk.get("/acme/products/teapot/").text

    kept = '<input type="hidden" name="image_alt" value="A blue teapot" form="product">'
    assert page.count('name="image_alt"') == page.count(kept) == 1


def test_a_tax_class_is_changed_and_orders_keep_their_rate(
    desk: Client, standard_tax: TaxClass, order: Order
) -> None:
    path = f"/acme/tax-classes/{standard_tax.pk}/"
    assert 'value="19"' in desk.get(path).text

    desk.post(path, {"name": "Standard", "rate": "21"})

    standard_tax.refresh_from_db()
    assert standard_tax.rate == 21
    assert order.lines.get().tax_rate == 19
    assert "21 %" in desk.get("/acme/tax-classes/").text


def test_a_tax_class_does_not_take_the_name_of_another(
    desk: Client, acme: Organization, standard_tax: TaxClass
) -> None:
    books = operations.add_tax_class(organization=acme, name="Books", rate=Decimal(7))

    answer = desk.post(f"/acme/tax-classes/{books.pk}/", {"name": "Standard", "rate": "7"})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["name"]
    assert "Change Books" in answer.text


def test_low_stock_counts_every_place_together(
    desk: Client, acme: Organization, teapot: Variant, alice: User
) -> None:
    attic = inventory.create_location(organization=acme, code="A", name="Attic", priority=9)
    inventory.transfer_stock(
        variant=teapot,
        source=inventory.default_location(acme),
        target=attic,
        quantity=6,
        reason="Room",
        actor=alice,
    )

    assert names(desk, stock="low") == []
