"""A full page of products, stock or movements: few statements, and a page a phone can carry."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Organization, User
from apps.catalog.models import Product, TaxClass, Variant
from apps.files.models import StoredFile
from apps.inventory import operations
from apps.inventory.models import StockLevel, StockMovement


@pytest.fixture
def full_shop(client: Client, acme: Organization, alice: User, standard_tax: TaxClass) -> Client:
    """Alice in a shop with more than a page of everything, in two places, all with pictures."""
    places = [
        operations.default_location(acme),
        operations.create_location(
            organization=acme, code="ATTIC", name="The attic above the shop", priority=2
        ),
    ]
    Organization.objects.update(low_stock_at=6)
    files = StoredFile.objects.bulk_create(
        StoredFile(
            organization=acme,
            key=f"{acme.pk}/2030/0190163d-8694-739b-aea5-966c26f8ad{number:02}.jpeg",
            name="picture.jpeg",
            content_type="image/jpeg",
            size=1,
            status=StoredFile.Status.READY,
            thumbnail=True,
        )
        for number in range(51)
    )
    products = Product.objects.bulk_create(
        Product(
            organization=acme,
            handle=f"a-teapot-with-a-rather-long-name-{number}",
            name=f"A teapot with a rather long name, as shops like to write them {number:02}",
            tax_class=standard_tax,
            image=file,
        )
        for number, file in enumerate(files)
    )
    variants = Variant.objects.bulk_create(
        Variant(
            organization=acme,
            product=product,
            sku=f"TEAPOT-LARGE-BLUE-{number:03}",
            name="Large / Blue",
            price="24.99",
        )
        for number, product in enumerate(products)
    )
    levels = StockLevel.objects.bulk_create(
        StockLevel(organization=acme, variant=variant, location=place, on_hand=3)
        for variant in variants
        for place in places
    )
    StockMovement.objects.bulk_create(
        StockMovement(
            organization=acme,
            stock_level=level,
            delta=3,
            kind=StockMovement.Kind.RECEIPT,
            reason="The delivery of Monday morning",
            actor=alice,
        )
        for level in levels
    )
    client.force_login(alice)
    return client


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        ("/acme/products/", 50),
        ("/acme/products/?stock=low&image=&sort=newest", 50),
        ("/acme/products/?q=rather+long", 50),
        # A variant in two places takes three lines.
        ("/acme/stock/", 25),
        ("/acme/stock/?state=low&q=blue", 25),
        ("/acme/stock/movements/", 50),
        ("/acme/stock/movements/?q=blue&kind=receipt", 50),
    ],
)
def test_a_full_page_is_small_and_takes_few_statements(
    full_shop: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    path: str,
    rows: int,
) -> None:
    with django_assert_max_num_queries(15):
        page = full_shop.get(path)

    shown = page.context["page"]
    assert len(shown[0]) == rows
    assert shown.next
    assert len(page.content) < 100_000
