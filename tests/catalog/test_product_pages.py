"""The catalogue in the browser: the list, the page of a product, its image, tax classes."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Organization, User
from apps.catalog import operations
from apps.catalog.models import Product, TaxClass, Variant
from apps.files import operations as files
from apps.files.models import StoredFile

NEW = {"name": "Milk jug", "description": "", "status": "active", "tax_class": ""}


@pytest.fixture
def desk(client: Client, alice: User, acme: Organization) -> Client:
    """Alice at her desk."""
    client.force_login(alice)
    return client


def variants(*rows: dict[str, str], known: int = 0) -> dict[str, str]:
    data = {"variants-TOTAL_FORMS": str(len(rows)), "variants-INITIAL_FORMS": str(known)}
    for index, row in enumerate(rows):
        data |= {f"variants-{index}-{name}": value for name, value in row.items()}
    return data


def test_an_empty_list_says_what_to_do(desk: Client) -> None:
    assert "Nothing to sell yet" in desk.get("/acme/products/").text


def test_the_list_shows_prices_and_what_is_available(
    desk: Client, acme: Organization, teapot: Variant
) -> None:
    operations.update_product(
        product=teapot.product,
        facts=operations.ProductFacts("Teapot"),
        variants=[operations.VariantFacts("TEAPOT-L", Decimal("34.5"), name="Large")],
    )

    page = desk.get("/acme/products/")

    assert "€24.99 – €34.50" in page.text
    assert page.context["page"].rows[0].available == 10


@pytest.mark.parametrize(("search", "found"), [("pot", 1), ("TEAP", 1), ("cup", 0), ("\0", 1)])
def test_the_list_is_searched(desk: Client, teapot: Variant, search: str, found: int) -> None:
    page = desk.get("/acme/products/", {"q": search})

    assert len(page.context["page"].rows) == found


def test_a_long_list_has_more_pages(desk: Client, acme: Organization) -> None:
    for number in range(51):
        operations.create_product(
            organization=acme,
            facts=operations.ProductFacts(f"Cup {number:02}"),
            variants=[operations.VariantFacts(f"CUP-{number}", Decimal(1))],
        )

    first = desk.get("/acme/products/").context["page"]
    second = desk.get("/acme/products/", {"after": first.next}).context["page"]

    assert len(first.rows) == 50
    assert [row.product.name for row in second.rows] == ["Cup 50"]
    assert second.next == ""


def test_the_list_takes_the_same_statements_however_long(
    desk: Client,
    stock_product: Callable[..., Variant],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    stock_product("CUP", "Cup", "1", 0)
    desk.get("/acme/products/")
    with django_assert_num_queries(7):
        desk.get("/acme/products/")

    stock_product("JUG", "Jug", "2", 3)

    with django_assert_num_queries(7):
        desk.get("/acme/products/")


def test_a_new_product_gets_its_variants_and_a_handle(
    desk: Client, acme: Organization, standard_tax: TaxClass
) -> None:
    rows = variants(
        {"sku": "JUG-S", "name": "Small", "price": "7.50", "track_stock": "on"},
        {"sku": "JUG-L", "name": "Large", "price": "0.003333", "allow_backorder": "on"},
        {"sku": "", "name": "", "price": "", "track_stock": "on"},
    )

    answer = desk.post("/acme/products/new/", NEW | {"tax_class": str(standard_tax.pk)} | rows)

    assert answer["Location"] == "/acme/products/milk-jug/"
    product = Product.objects.get()
    assert product.tax_class == standard_tax
    small, large = product.variants.order_by("pk")
    assert (small.sku, small.price, small.track_stock) == ("JUG-S", Decimal("7.5"), True)
    assert (large.price, large.track_stock, large.allow_backorder) == (
        Decimal("0.003333"),
        False,
        True,
    )
    assert 'value="7.50"' in desk.get("/acme/products/milk-jug/").text


@pytest.mark.parametrize("name", ["Milk jug", "new", "牛乳"])
def test_every_product_gets_a_handle_of_its_own(desk: Client, name: str) -> None:
    for sku in ("ONE", "TWO"):
        rows = variants({"sku": sku, "price": "1"})
        desk.post("/acme/products/new/", NEW | {"name": name} | rows)

    handles = set(Product.objects.values_list("handle", flat=True))
    assert len(handles) == 2
    assert "new" not in handles


def test_a_product_without_a_variant_is_refused(desk: Client) -> None:
    answer = desk.post("/acme/products/new/", NEW | variants({"sku": "", "track_stock": "on"}))

    assert answer.status_code == 422
    assert "at least one variant" in answer.text
    assert not Product.objects.exists()


def test_another_variant_keeps_what_was_typed(desk: Client) -> None:
    rows = variants({"sku": "JUG", "price": "x"})

    page = desk.post("/acme/products/new/", NEW | rows | {"do": "add-variant"})

    assert page.status_code == 200
    assert len(page.context["rows"]) == 2
    assert 'value="Milk jug"' in page.text
    assert 'value="JUG"' in page.text


def test_a_product_is_changed_with_its_variants(desk: Client, teapot: Variant) -> None:
    rows = variants(
        {"id": str(teapot.pk), "sku": "TEAPOT", "price": "29.99", "track_stock": "on"},
        {"sku": "TEAPOT-L", "name": "Large", "price": "34"},
        known=1,
    )

    desk.post("/acme/products/teapot/", NEW | {"name": "Teapot, blue"} | rows)

    product = Product.objects.get()
    assert product.name == "Teapot, blue"
    assert product.handle == "teapot"
    teapot.refresh_from_db()
    assert teapot.price == Decimal("29.99")
    assert product.variants.count() == 2


def test_a_sku_that_is_taken_is_said_at_its_row(
    desk: Client, teapot: Variant, kettle: Variant
) -> None:
    rows = variants({"id": str(teapot.pk), "sku": "KETTLE", "price": "1"}, known=1)

    answer = desk.post("/acme/products/teapot/", NEW | rows)

    assert answer.status_code == 422
    assert answer.context["rows"][0][0].errors["sku"] == [
        "The SKU KETTLE belongs to another variant."
    ]
    assert Product.objects.filter(name="Teapot").exists()


def test_all_that_is_wrong_is_said_at_once(desk: Client, kettle: Variant) -> None:
    rows = variants(
        {"sku": "KETTLE", "price": "1"},
        {"sku": "JUG", "price": "x"},
        {"sku": "JUG", "price": "2"},
    )

    answer = desk.post("/acme/products/new/", NEW | {"name": ""} | rows)

    assert answer.status_code == 422
    assert answer.context["form"].errors == {"name": ["This field is required."]}
    assert [dict(row.errors) for row, _available in answer.context["rows"]] == [
        {"sku": ["The SKU KETTLE belongs to another variant."]},
        {"price": ["Enter a number."]},
        {"sku": ["The SKU JUG belongs to another variant."]},
    ]


def test_that_there_is_nothing_to_sell_is_said_with_the_rest(desk: Client) -> None:
    empty = variants({"sku": "", "track_stock": "on"})

    # The browser asks for no field by itself: it would stop at the first.
    assert " required" not in desk.get("/acme/products/new/").text
    answer = desk.post("/acme/products/new/", NEW | {"name": ""} | empty)

    assert "This field is required." in answer.text
    assert "at least one variant" in answer.text


def test_a_sku_goes_from_one_variant_of_a_product_to_another(
    desk: Client, acme: Organization, teapot: Variant
) -> None:
    rows = variants(
        {"id": str(teapot.pk), "sku": "TEAPOT-S", "price": "1"},
        {"sku": "TEAPOT", "price": "2"},
        known=1,
    )

    desk.post("/acme/products/teapot/", NEW | rows)

    assert [*acme.variants.order_by("pk").values_list("sku", flat=True)] == ["TEAPOT-S", "TEAPOT"]


def test_a_variant_of_another_product_is_not_changed(
    desk: Client, teapot: Variant, kettle: Variant
) -> None:
    rows = variants({"id": str(kettle.pk), "sku": "KETTLE", "price": "1"}, known=1)

    answer = desk.post("/acme/products/teapot/", NEW | rows)

    assert answer.status_code == 422
    kettle.refresh_from_db()
    assert kettle.price == Decimal(39)


@pytest.mark.parametrize("whose", ["ours", "theirs", "9" * 30])
def test_a_new_product_takes_no_variant_of_another(
    desk: Client, teapot: Variant, globex: Organization, whose: str
) -> None:
    product = Product.objects.create(organization=globex, handle="secret", name="Secret")
    secret = Variant.objects.create(organization=globex, product=product, sku="S", price=9)
    ids = {"ours": str(teapot.pk), "theirs": str(secret.pk)}
    rows = variants({"id": ids.get(whose, whose), "sku": "MINE", "price": "1"}, known=1)

    answer = desk.post("/acme/products/new/", NEW | rows)

    assert answer.status_code == 422
    assert "The variant MINE is gone." in answer.text
    secret.refresh_from_db()
    teapot.refresh_from_db()
    assert (secret.sku, secret.organization, teapot.sku) == ("S", globex, "TEAPOT")


def test_an_image_is_put_at_the_store_and_then_checked(desk: Client, teapot: Variant) -> None:
    started = desk.post(
        "/acme/products/teapot/image/",
        {"name": "pot.png", "content_type": "image/png", "size": "1000"},
    )
    finished = desk.post(f"/acme/products/teapot/image/{started.json()['file']}/")
    page = desk.get("/acme/products/teapot/")

    assert started.status_code == 201
    assert "X-Amz-Signature" in started.json()["link"]
    assert finished.json() == {"status": "pending"}
    assert "Being checked" in page.text
    assert 'hx-trigger="every 1s"' in page.text


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({"content_type": "image/gif", "size": "10"}, "Choose a JPEG, PNG or WebP image."),
        ({"content_type": "image/png", "size": "6000000"}, "at most 5 MB"),
    ],
)
def test_what_is_no_image_of_ours_is_refused(
    desk: Client, teapot: Variant, sent: dict[str, str], problem: str
) -> None:
    answer = desk.post("/acme/products/teapot/image/", {"name": "pot", **sent})

    assert answer.status_code == 422
    assert problem in answer.json()["problem"]
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize(
    ("status", "shown"), [("ready", "X-Amz-Signature"), ("refused", "This is no image.")]
)
def test_only_a_checked_image_is_shown(
    desk: Client, alice: User, teapot: Variant, status: str, shown: str
) -> None:
    upload = files.start_image_upload(
        organization=teapot.organization,
        name="pot.png",
        content_type="image/png",
        size=10,
        uploaded_by=alice,
    )
    operations.set_image(product=teapot.product, file=upload.file, set_by=alice)
    StoredFile.objects.update(status=status, problem="This is no image.")

    page = desk.get("/acme/products/teapot/")

    assert shown in page.text
    assert 'hx-trigger="every 1s"' not in page.text


def test_removing_the_image_shows_the_product_without_one(
    desk: Client, alice: User, teapot: Variant
) -> None:
    upload = files.start_image_upload(
        organization=teapot.organization,
        name="pot.png",
        content_type="image/png",
        size=10,
        uploaded_by=alice,
    )
    operations.set_image(product=teapot.product, file=upload.file, set_by=alice)

    desk.post("/acme/products/teapot/image/removal/")

    assert Product.objects.get().image is None


def test_a_tax_class_is_added(desk: Client, acme: Organization) -> None:
    desk.post("/acme/tax-classes/", {"name": "Reduced", "rate": "7"})

    assert acme.tax_classes.get().rate == Decimal(7)
    assert "7 %" in desk.get("/acme/tax-classes/").text


def test_a_tax_class_of_the_same_name_is_refused(desk: Client, standard_tax: TaxClass) -> None:
    answer = desk.post("/acme/tax-classes/", {"name": "Standard", "rate": "21"})

    assert answer.status_code == 422
    assert "There is a tax class Standard already." in answer.text
    assert 'value="21"' in answer.text


def test_a_viewer_sees_the_product_and_cannot_save_it(
    client: Client, victor: User, teapot: Variant
) -> None:
    client.force_login(victor)

    page = client.get("/acme/products/teapot/")

    assert page.status_code == 200
    assert "Save product" not in page.text
    assert client.post("/acme/products/teapot/", NEW).status_code == 403
