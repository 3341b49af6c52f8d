"""A file in the store, read in steps, comes to what the command makes of the same file at once."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.accounts import operations as accounts
from apps.accounts.models import Organization, User
from apps.batches import operations
from apps.batches.models import Batch, Import, ImportMapping
from apps.batches.operations import reading
from apps.batches.queries import all_skips
from apps.batches.tables import import_kinds
from apps.catalog.imports import stepping
from apps.catalog.models import Product, TaxClass, Variant
from apps.catalog.operations import ProductFacts, StaleProduct, update_product
from apps.catalog.queries import last_change
from apps.core.csv_files import CsvFile, Refusing
from apps.files import s3
from apps.inventory import imports as products
from apps.orders import imports as orders
from apps.orders.imports import stepping as order_steps
from apps.orders.operations import Buyer, Item, place_order

Settle = Callable[[], int]
type Upload = Callable[..., Import]

PRODUCTS = """\
Handle,Title,Body (HTML),Published,Option1 Value,Variant SKU,Variant Price,Variant Grams,\
Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Image Src
mug,Mug,<p>For tea &amp; coffee</p>,true,Small,MUG-S,4.50,200,shopify,5,deny,
mug,,,,Large,MUG-L,"5,50",300.4,shopify,7,continue,
mug,,,,,,,,,,,https://pictures.example/mug.png

bowl,Bowl,"Two
lines",false,Default Title,,9,,,,deny,
bowl,,,,,,,,,,,https://pictures.example/bowl.png
not a handle,Plate,,true,,PLATE,3,,,,deny,
cup,,,true,,CUP,3,,,,deny,
tray,Tray,,true,,TRAY,cheap,,,,deny,
tray,,,,Wide,TRAY-W,12,,shopify,3,deny,
mug,Renamed,,true,Huge,MUG-XL,7,,shopify,1,deny,
jug,Jug,,true,,MUG-S,8,,,,deny,
jug,"broken"quote,,true,,JUG,8,,,,deny,
can,Can,,perhaps,,CAN,8,,,,deny,
can,,,,Red,CAN-R,8,,,,deny,
pot,Café pot,,true,,POT,8,,shopify,2,deny,,too,wide
pan,Pan,,true,,PAN,19.99,,shopify,2000,deny,
"""

# As somebody writes it who knows no handles. Rows of one product stand apart.
NAMED = """\
name,variant,sku,price,tax,stock
Filterkaffee Ebbe,250 g,FIL-250,8.90,7,30
Filterkaffee Ebbe,1 kg,FIL-1000,29.50,7,12
Handmühle,,MILL-1,39,19,5
Filter,100 Stück,PAPER,abc,19,x
,,NONE,4,19,2
Bottle 1.5,,B-1,4,19,2
Handmühle,Large,MILL-2,49,19,5
filterkaffee  ebbe,500 g,FIL-500,16.50,7,7
Bottle 15,,B-15,4,19,2
"""

ORDERS = """\
Order Number,Order Date,SKU,Description,Quantity,UnitPrice,Customer Email,Country
1001,13/1/2010 08:26,TEAPOT,Teapot,2,24.99,jo@customer.example,Germany
1002,2/1/2010 08:28,TEAPOT,Teapot,50,24.99,,
1001,13/1/2010 08:26,POST,POSTAGE,1,4.00,,Germany
C1003,3/1/2010,TEAPOT,Teapot,-1,24.99,,

1004,4/1/2010,UNKNOWN,Something else,3,1.5,amy@customer.example,
1005,5/1/2010,UNKNOWN,,1,2,,
1006,6/1/2010,KETTLE,Kettle,1,39,,
1007,someday,KETTLE,Kettle,1,39,,
1008,7/1/2010,KETTLE,"Kettle
of two lines",1,39,not an address,
1006,6/1/2010,TEAPOT,Teapot,1,24.99,,
"""


class Heard(Refusing):
    def __init__(self) -> None:
        self.said: list[tuple[int, str, str]] = []

    def add(self, row: Any, reason: Any) -> None:
        self.said.append((row.line, reason.field, str(reason)))


@pytest.fixture
def upload(acme: Organization, alice: User, settle_all: Settle) -> Upload:
    def upload(body: bytes, what: str = "products", name: str = "file.csv") -> Import:
        found = operations.import_sent_file(
            organization=acme, what=what, name=name, body=body, started_by=alice
        )
        settle_all()
        return Import.objects.select_related("file").get(pk=found.pk)

    return upload


@pytest.fixture
def tiny_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if each file were a very long one."""
    monkeypatch.setattr(reading, "PIECE", 120)
    monkeypatch.setattr(stepping, "ROWS_AT_ONCE", 4)
    monkeypatch.setattr(order_steps, "ROWS_AT_ONCE", 3)
    monkeypatch.setattr(order_steps, "LOOKED_AT_ONCE", 3)
    monkeypatch.setattr(order_steps, "ORDERS_AT_ONCE", 1)


def check(found: Import, alice: User, settle_all: Settle, **options: str) -> Batch:
    batch = operations.check_import(
        found=found, mapping=found.mapping, options=options, checked_by=alice
    )
    settle_all()
    batch.refresh_from_db()
    return batch


def run(found: Import, alice: User, settle_all: Settle) -> Batch:
    batch = operations.run_import(found=found, started_by=alice)
    settle_all()
    batch.refresh_from_db()
    return batch


def said(batch: Batch) -> list[tuple[int, str, str]]:
    return sorted((one.position, one.reference, one.reason) for one in all_skips(batch))


def catalogue(organization: Organization) -> list[Any]:
    facts = ["handle", "name", "description", "status"]
    more = ["sku", "name", "price", "barcode", "weight_g", "track_stock", "allow_backorder"]
    variants = organization.variants.order_by("sku")
    return [
        *organization.products.order_by("handle").values_list(*facts),
        *variants.values_list(*more, "product__handle", "levels__on_hand"),
    ]


@pytest.fixture
def globex_by_command(globex: Organization, tmp_path: Path) -> Callable[[bytes], Any]:
    """Import the same file at once, for the neighbour."""

    def run(body: bytes) -> tuple[dict[str, int], list[tuple[int, str, str]]]:
        file = tmp_path / "file.csv"
        file.write_bytes(body)
        heard = Heard()
        report = products.import_products(
            organization=globex,
            source=CsvFile(file),
            refused=heard,  # type: ignore[arg-type]
        )
        return operations.counts(report), sorted(heard.said)

    return run


@pytest.mark.usefixtures("tiny_pieces")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_products_in_steps_are_the_products_of_the_command(
    upload: Upload,
    acme: Organization,
    globex: Organization,
    alice: User,
    globex_by_command: Callable[[bytes], Any],
    settle_all: Settle,
    encoding: str,
    ending: str,
) -> None:
    body = PRODUCTS.replace("\n", ending).encode(encoding)
    report, refused = globex_by_command(body)

    found = upload(body)
    before = catalogue(acme)
    checked = check(found, alice, settle_all)

    assert catalogue(acme) == before == []
    assert (checked.status, checked.report, said(checked)) == ("done", report, refused)

    batch = run(found, alice, settle_all)

    assert (batch.status, batch.report, said(batch)) == ("done", report, refused)
    assert catalogue(acme) == catalogue(globex)
    assert len(refused) >= 8
    assert batch.done == batch.total
    assert not batch.memos.exists()


@pytest.mark.usefixtures("tiny_pieces")
def test_the_same_file_again_changes_nothing(
    upload: Upload, alice: User, settle_all: Settle
) -> None:
    found = upload(PRODUCTS.encode())
    check(found, alice, settle_all)
    run(found, alice, settle_all)

    again = check(upload(PRODUCTS.encode()), alice, settle_all)

    assert not {"products_created", "products_updated", "variants_created"} & set(again.report)
    assert again.report["variants_unchanged"] >= 5


@pytest.mark.usefixtures("tiny_pieces", "teapot", "kettle")
def test_orders_in_steps_are_the_orders_of_the_command(
    upload: Upload, acme: Organization, alice: User, tmp_path: Path, settle_all: Settle
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS)
    heard = Heard()
    expected = orders.import_orders(
        organization=acme,
        source=CsvFile(file),
        refused=heard,  # type: ignore[arg-type]
        dry_run=True,
    )

    found = upload(ORDERS.encode(), "orders")
    checked = check(found, alice, settle_all)

    assert (checked.status, checked.problem) == ("done", "")
    assert checked.report == operations.counts(expected)
    assert said(checked) == sorted(heard.said)
    assert not acme.orders.exists()

    batch = run(found, alice, settle_all)

    assert batch.report == operations.counts(expected)
    assert said(batch) == sorted(heard.said)
    placed = acme.orders.order_by("external_ref").values_list("external_ref", flat=True)
    assert list(placed) == ["1001", "1004", "1006"]
    first = acme.orders.get(external_ref="1001")
    assert first.placed_at is not None
    assert first.placed_at.strftime("%d.%m.%Y") == "13.01.2010"
    assert acme.orders.get(external_ref="1006").lines.count() == 2


def test_a_preview_shows_what_would_change(
    upload: Upload, alice: User, teapot: Variant, settle_all: Settle
) -> None:
    body = b"Handle,Title,Variant SKU,Variant Price\nteapot,Tea pot,TEAPOT,25\n"

    checked = check(upload(body), alice, settle_all)

    changes = {one.reference: (one.before, one.after) for one in checked.changes.all()}
    assert changes == {
        "teapot": ({"name": "Teapot"}, {"name": "Tea pot"}),
        "TEAPOT": ({"price": "24.99"}, {"price": "25"}),
    }
    teapot.refresh_from_db()
    assert str(teapot.price) == "24.990000"


def test_a_product_that_somebody_makes_during_a_check_is_no_obstacle(
    upload: Upload, acme: Organization, alice: User, settle_all: Settle
) -> None:
    found = upload(PRODUCTS.encode())
    batch = operations.check_import(
        found=found, mapping=found.mapping, options={}, checked_by=alice
    )
    operations.remember(batch, "promised", {"mug": 1})
    Product.objects.create(organization=acme, handle="mug", name="Mug")

    settle_all()

    batch.refresh_from_db()
    assert batch.status == "done"


def test_whoever_has_a_product_open_does_not_write_over_an_import_unseen(
    upload: Upload, teapot: Variant, alice: User, settle_all: Settle
) -> None:
    def saved(seen: int) -> None:
        facts = ProductFacts("Pot")
        update_product(
            product=teapot.product, facts=facts, variants=[], seen_version=seen, saved_by=alice
        )

    found = upload(b"Handle,Title,Variant SKU,Variant Price\nteapot,Teapot,TEAPOT,30\nx,X,X,1\n")
    check(found, alice, settle_all)
    batch = run(found, alice, settle_all)

    with pytest.raises(StaleProduct):
        saved(1)
    assert dict(Product.objects.values_list("handle", "version")) == {"teapot": 2, "x": 1}
    assert last_change(Product.objects.get(handle="teapot")) is None
    operations.undo_batch(batch=batch, undone_by=alice)
    settle_all()
    with pytest.raises(StaleProduct):
        saved(2)
    saved(3)


def test_new_products_get_the_tax_class_that_was_chosen(
    upload: Upload, alice: User, standard_tax: TaxClass, settle_all: Settle
) -> None:
    found = upload(b"Handle,Title,Price\nmug,Mug,4\n")
    check(found, alice, settle_all, tax_class=str(standard_tax.pk))

    run(found, alice, settle_all)

    assert Product.objects.get(handle="mug").tax_class == standard_tax


def test_other_names_of_columns_are_guessed_and_choices_remembered(
    upload: Upload, alice: User, settle_all: Settle
) -> None:
    body = b"Slug;Product name;Regular price;Shelf\nmug;Mug;4,50;7\n"
    found = upload(body)
    assert found.mapping == {"handle": 0, "title": 1, "price": 2}

    operations.check_import(
        found=found, mapping={**found.mapping, "stock": 3}, options={}, checked_by=alice
    )

    assert upload(body).mapping == {"handle": 0, "title": 1, "price": 2, "stock": 3}
    assert ImportMapping.objects.count() == 1


@pytest.mark.usefixtures("tiny_pieces")
def test_in_a_file_without_handles_each_name_is_a_product(
    upload: Upload, alice: User, settle_all: Settle
) -> None:
    body = NAMED.encode()
    found = upload(body)
    assert found.mapping == {"title": 0, "option1": 1, "sku": 2, "price": 3, "stock": 5}

    checked = check(found, alice, settle_all)
    batch = run(found, alice, settle_all)
    again = check(upload(body), alice, settle_all)

    assert checked.report == batch.report
    assert batch.report == {"products_created": 3, "variants_created": 6, "units_counted_in": 61}
    assert said(batch) == said(checked) == said(again)
    assert said(batch) == [
        (5, "price", "“abc” is not a number such as 24.99; stock “x” is not a whole number"),
        (6, "name", "is missing"),
        (10, "name", "“Bottle 15” gets the same link as “Bottle 1.5”: add a column with handles"),
    ]
    assert again.report == {"products_unchanged": 3, "variants_unchanged": 6}
    assert set(Product.objects.values_list("handle", "name")) == {
        ("filterkaffee-ebbe", "Filterkaffee Ebbe"),
        ("handmuhle", "Handmühle"),
        ("bottle-15", "Bottle 1.5"),
    }


def test_no_name_of_a_column_is_looked_for_twice() -> None:
    for kind in import_kinds().values():
        for field in kind.fields.values():
            assert len(set(field.names)) == len(field.names)


def test_columns_that_are_not_used_are_said(
    client: Client, upload: Upload, alice: User, settle_all: Settle
) -> None:
    client.force_login(alice)
    found = upload(NAMED.encode())
    assert "Not used: tax<" in client.get(found.get_absolute_url()).text

    check(found, alice, settle_all)

    assert "Not used: tax<" in client.get(found.get_absolute_url()).text
    whole = upload(b"Handle,Title,Price\nmug,Mug,4\n")
    assert "Not used" not in client.get(whole.get_absolute_url()).text


def test_what_is_needed_has_to_be_a_column(upload: Upload, alice: User) -> None:
    found = upload(b"Name,Cost\nMug,4\n")

    with pytest.raises(operations.ColumnsMissing, match=r": Price\."):
        operations.check_import(found=found, mapping=found.mapping, options={}, checked_by=alice)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"  \n", "is empty"),
        (b"Handle,Title,Variant Price\n", "has a first line and no rows"),
        (b"\n\n", "is empty"),
        (b",,\n1,2,3\n", "names no columns"),
        (b"PK\x03\x04rest of a workbook", "spreadsheet or a ZIP"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "not a CSV file"),
        ("Handle,Title\nmug,Mug\n".encode("utf-16"), "not a CSV file"),
        (b"%PDF-1.7 and more", "a PDF"),
    ],
)
def test_what_is_no_csv_file_is_refused_in_words(upload: Upload, body: bytes, words: str) -> None:
    found = upload(body)

    assert found.file.status == "refused"
    assert words in found.file.problem


def test_an_order_line_that_cannot_be_read_stops_the_file_in_words(
    upload: Upload, alice: User, settle_all: Settle
) -> None:
    found = upload(ORDERS.encode() + b'1009,8/1/2010,"TEA"POT,Teapot,1,1,,\n', "orders")

    checked = check(found, alice, settle_all)

    assert checked.status == "failed"
    assert "Line 14 of file.csv has a broken quote" in checked.problem


def test_an_import_is_run_once_and_only_after_its_check(
    upload: Upload, alice: User, settle_all: Settle
) -> None:
    found = upload(PRODUCTS.encode())
    with pytest.raises(operations.NotChecked):
        operations.run_import(found=found, started_by=alice)
    check(found, alice, settle_all)

    first = operations.run_import(found=found, started_by=alice)

    assert operations.run_import(found=found, started_by=alice) == first


def test_an_import_that_is_done_leads_to_what_it_brought(
    upload: Upload, alice: User, client: Any, settle_all: Settle
) -> None:
    found = upload(PRODUCTS.encode())
    checked = check(found, alice, settle_all)
    batch = operations.run_import(found=found, started_by=alice)
    client.force_login(alice)
    door = '<a class="button button-main" href="/acme/products/"'

    waiting = client.get(f"/acme/batches/{batch.pk}/").text
    settle_all()

    assert door not in waiting
    assert door in client.get(f"/acme/batches/{batch.pk}/").text
    assert door not in client.get(f"/acme/batches/{checked.pk}/").text


@pytest.mark.usefixtures("tiny_pieces")
def test_what_was_refused_can_be_mended_and_read_again(
    upload: Upload, alice: User, client: Any, settle_all: Settle
) -> None:
    found = upload(PRODUCTS.encode())
    batch = check(found, alice, settle_all)
    client.force_login(alice)

    body = client.get(f"/acme/batches/{batch.pk}/skipped.csv").getvalue()

    rows = list(csv.DictReader(io.StringIO(body.decode())))
    assert [row["line"] for row in rows] == [str(line) for line, _, _ in said(batch)]
    assert rows[0]["Handle"] == "not a handle"
    assert rows[0]["reason"].startswith("“not a handle” is not made of letters")
    mended = body.replace(b"not a handle", b"plate")
    again = upload(mended)
    checked = check(again, alice, settle_all)
    assert checked.report["products_created"] >= 1
    assert checked.params["titles"][-1] == "Image Src"


@pytest.mark.parametrize("cell", ["=not a handle", "'=not a handle"])
@pytest.mark.usefixtures("tiny_pieces")
def test_what_was_refused_is_no_formula_and_guarded_once(
    upload: Upload, alice: User, client: Any, settle_all: Settle, cell: str
) -> None:
    found = upload(PRODUCTS.replace("not a handle", cell).encode())
    batch = check(found, alice, settle_all)
    client.force_login(alice)

    body = client.get(f"/acme/batches/{batch.pk}/skipped.csv").getvalue()

    rows = list(csv.DictReader(io.StringIO(body.decode())))
    assert rows[0]["Handle"] == "'=not a handle"


def test_a_file_of_another_size_than_was_announced_is_refused(
    acme: Organization, alice: User, settle_all: Settle
) -> None:
    found, _link = operations.start_import(
        organization=acme, what="orders", name="file.csv", size=1000, started_by=alice
    )
    s3.put(found.file.key, ORDERS.encode(), "text/csv")
    operations.finish_import_upload(found=found, finished_by=alice)

    settle_all()

    found.file.refresh_from_db()
    assert "not as large as announced" in found.file.problem


def test_a_column_that_is_none_is_refused(upload: Upload, alice: User, client: Client) -> None:
    found = upload(ORDERS.encode(), "orders")
    client.force_login(alice)

    for place in ("9" * 5000, "-1", "x"):
        assert client.post(f"/acme/imports/{found.pk}/", {"number": place}).status_code == 422


def test_what_an_order_is_placed_without_is_noted_as_whoever_imports_speaks(
    upload: Upload, acme: Organization, alice: User, settle_all: Settle
) -> None:
    acme.locale = "de"
    acme.save()
    titles = "Order Number,Order Date,SKU,Description,Quantity,UnitPrice\n"
    rows = "1,13/1/2010,MUG,Mug,1,4\n1,13/1/2010,POST,POSTAGE,1,18\n"
    found = upload((titles + rows).encode(), "orders")
    check(found, alice, settle_all)

    run(found, alice, settle_all)

    assert acme.orders.get().note == "Beim Import weggelassen: POST POSTAGE, 1 x 18\n"


def test_a_file_is_closed_to_the_neighbour(upload: Upload, mallory: User, client: Any) -> None:
    found = upload(PRODUCTS.encode())
    accounts.create_organization(name="Globex", owner=mallory)
    client.force_login(mallory)

    assert client.get(f"/globex/imports/{found.pk}/").status_code == 404


def test_an_import_is_undone_where_nobody_changed_it_since(
    upload: Upload,
    acme: Organization,
    alice: User,
    teapot: Variant,
    kettle: Variant,
    settle_all: Settle,
) -> None:
    body = (
        b"Handle,Title,Variant SKU,Variant Price\nteapot,Tea pot,TEAPOT,25\n"
        b"kettle,Water kettle,KETTLE,41.5\nmug,Mug,MUG,4\nbowl,Bowl,BOWL,5\n"
    )
    found = upload(body)
    check(found, alice, settle_all)
    batch = run(found, alice, settle_all)
    Variant.objects.filter(sku="KETTLE").update(price=50)
    Variant.objects.filter(sku="BOWL").update(track_stock=False)
    place_order(
        organization=acme,
        buyer=Buyer(name="Jo"),
        items=[Item(Variant.objects.get(sku="BOWL"), 1)],
        placed_by=alice,
    )

    undoing = operations.undo_batch(batch=batch, undone_by=alice)
    settle_all()

    undoing.refresh_from_db()
    assert (undoing.status, undoing.done) == ("done", 8)
    assert undoing.report == {"products_archived": 1, "rows_restored": 3}
    names = dict(acme.products.values_list("handle", "name"))
    assert (names["teapot"], names["kettle"]) == ("Teapot", "Kettle")
    prices = {
        sku: f"{price.normalize():f}" for sku, price in acme.variants.values_list("sku", "price")
    }
    assert (prices["TEAPOT"], prices["KETTLE"]) == ("24.99", "50")
    statuses = dict(acme.products.values_list("handle", "status"))
    assert (statuses["mug"], statuses["bowl"]) == ("archived", "active")
    assert {one.reference for one in undoing.skips.all()} == {"KETTLE", "bowl"}
    assert operations.undo_batch(batch=batch, undone_by=alice) == undoing


def test_an_undoing_that_was_cancelled_can_be_begun_anew(
    client: Client, upload: Upload, alice: User, teapot: Variant, settle_all: Settle
) -> None:
    found = upload(b"Handle,Title,Variant SKU,Variant Price\nteapot,Tea pot,TEAPOT,25\n")
    check(found, alice, settle_all)
    batch = run(found, alice, settle_all)
    former = operations.undo_batch(batch=batch, undone_by=alice)
    client.force_login(alice)
    assert "This was undone" in client.get(batch.get_absolute_url()).text
    operations.cancel_batch(batch=former, cancelled_by=alice)
    assert "Undo the import" in client.get(batch.get_absolute_url()).text

    again = operations.undo_batch(batch=batch, undone_by=alice)
    settle_all()

    assert again != former
    teapot.product.refresh_from_db()
    assert teapot.product.name == "Teapot"


def test_a_file_is_refused_in_the_language_of_who_sent_it(
    upload: Upload, acme: Organization, alice: User
) -> None:
    acme.locale = "de"
    acme.save()

    assert upload(b"\n\n").file.problem.endswith(" leer.")


@pytest.mark.usefixtures("tiny_pieces")
def test_rows_that_are_no_order_do_not_pile_up(
    upload: Upload, acme: Organization, alice: User, settle_all: Settle, monkeypatch: Any
) -> None:
    monkeypatch.setattr(order_steps, "ROWS_AT_MOST", 5)
    row = "{},13/1/2010,MUG,Mug,1,4\n"
    body = "Order Number,Order Date,SKU,Description,Quantity,UnitPrice\n"
    body += row.format(1) * 8 + row.format(2) * 5 + row.format(1)
    found = upload(body.encode(), "orders")
    check(found, alice, settle_all)

    batch = run(found, alice, settle_all)

    assert list(acme.orders.values_list("external_ref")) == [("2",)]
    assert (batch.status, batch.done) == ("done", 14)
    reason = "An order has at most 500 lines."
    assert said(batch) == [(line, "", reason) for line in [*range(2, 10), 15]]
