"""What is exported is all there is, in files a spreadsheet and our own import can read."""

import csv
import io
import urllib.request
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db.models.functions import Now

from apps.accounts.models import Organization, User
from apps.batches import operations
from apps.batches.models import Batch
from apps.batches.operations import exporting
from apps.catalog.models import Product, Variant
from apps.core.csv_files import CsvFile, RefusedRows
from apps.customers.models import Customer
from apps.events.models import Delivery
from apps.files import s3
from apps.inventory import imports
from apps.orders.models import Order

Settle = Callable[[], int]
type Export = Callable[[str], Batch]


@pytest.fixture
def export(acme: Organization, alice: User, settle_all: Settle) -> Export:
    def run(kind: str) -> Batch:
        batch = operations.start_batch(organization=acme, kind=kind, params={}, started_by=alice)
        settle_all()
        batch.refresh_from_db()
        return batch

    return run


def text_of(batch: Batch) -> str:
    assert batch.result is not None
    body = s3.get(batch.result.key, at_most=10**8)
    assert len(body) == batch.result.size
    return body.decode("utf-8-sig")


def rows_of(batch: Batch) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of(batch))))


def test_products_come_back_as_they_were(
    export: Export, acme: Organization, teapot: Variant, kettle: Variant, tmp_path: Path
) -> None:
    Variant.objects.create(
        organization=acme,
        product=teapot.product,
        sku="=TEAPOT-XL",
        name="XL / Red",
        price=Decimal("29.995"),
        barcode="4006381333931",
        weight_g=800,
        allow_backorder=True,
        track_stock=False,
    )
    Product.objects.filter(pk=kettle.product_id).update(
        status="draft", description="5 < 6 & <b>hot</b>", name='@home; "=the" kettle'
    )

    batch = export("product-export")

    assert (batch.status, batch.done) == ("done", 3)
    file = tmp_path / "products.csv"
    file.write_text(text_of(batch), encoding="utf-8")
    source = CsvFile(file)
    with RefusedRows(tmp_path / "refused.csv", source) as refused:
        report = imports.import_products(organization=acme, source=source, refused=refused)
    assert (report.products_unchanged, report.variants_unchanged) == (2, 3)
    assert report.products_updated == report.variants_created == report.variants_updated == 0
    assert refused.count == 0


def test_stock_is_listed_by_location(export: Export, order: Order) -> None:
    assert rows_of(export("stock-export")) == [
        {
            "SKU": "TEAPOT",
            "Product": "Teapot",
            "Location": "Main warehouse",
            "On hand": "10",
            "Reserved": "2",
            "Available": "8",
        }
    ]


def test_orders_have_a_row_a_line(export: Export, order: Order) -> None:
    [row] = rows_of(export("order-line-export"))

    assert row["Order Number"] == "1"
    assert (row["SKU"], row["Quantity"], row["UnitPrice"]) == ("TEAPOT", "2", "24.99")
    assert (row["Line Gross"], row["Order Total"], row["Currency"]) == ("49.98", "49.98", "EUR")
    assert row["Customer Email"] == "jo@customer.example"


def test_what_a_stranger_typed_is_no_formula(export: Export, acme: Organization) -> None:
    Customer.objects.create(organization=acme, name='=HYPERLINK("http://evil.example")')

    assert rows_of(export("customer-export"))[0]["Name"] == '\'=HYPERLINK("http://evil.example")'


def test_a_file_of_many_parts_is_whole(
    export: Export, acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PART_BYTES", 5 * 1024 * 1024)
    address = "x" * 5000
    Customer.objects.bulk_create(
        Customer(organization=acme, name=f"No. {number}", address=address) for number in range(2500)
    )

    batch = export("customer-export")

    assert len(batch.cursor["tags"]) == 2
    rows = rows_of(batch)
    assert [row["Name"] for row in rows] == [f"No. {number}" for number in range(2500)]
    assert {row["Address"] for row in rows} == {address}
    assert batch.done == 2500


def test_parts_that_were_joined_before_a_crash_are_a_file_after_it(
    export: Export, acme: Organization, settle_all: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PART_BYTES", 5 * 1024 * 1024)
    Customer.objects.bulk_create(
        Customer(organization=acme, name=f"No. {number}", address="x" * 5000)
        for number in range(2500)
    )
    join = s3.join_parts

    def join_and_die(key: str, upload: str, tags: list[str]) -> None:
        join(key, upload, tags)
        monkeypatch.setattr(s3, "join_parts", join)
        raise KeyboardInterrupt

    monkeypatch.setattr(s3, "join_parts", join_and_die)
    with pytest.raises(KeyboardInterrupt):
        export("customer-export")
    batch = Batch.objects.get()
    assert (batch.status, batch.result) == ("running", None)

    Delivery.objects.update(running_until=None, due_at=Now())  # Its leases end.
    settle_all()

    batch.refresh_from_db()
    assert batch.status == "done"
    assert len(rows_of(batch)) == 2500


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_a_file_bears_the_day_that_it_is_in_the_shop(
    export: Export, acme: Organization, zone: str
) -> None:
    acme.timezone = zone
    acme.save()

    file = export("stock-export").result

    assert file is not None
    assert file.name == f"stock-{datetime.now(ZoneInfo(zone)):%Y-%m-%d}.csv"


def test_a_link_serves_it_under_the_name_of_its_day(export: Export, teapot: Variant) -> None:
    file = export("product-export").result
    assert file is not None

    link = s3.download_link(file.key, name=file.name, content_type=file.content_type)

    with urllib.request.urlopen(link, timeout=10) as answer:  # noqa: S310
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="products-')
        assert answer.headers["Content-Type"] == "text/csv"
