"""Products from Shopify's CSV. The real file is read where DOZEN_MATERIAL names its folder."""

import csv
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.accounts.models import Organization
from apps.catalog.imports import ProductReport, derived_sku
from apps.catalog.models import Product, TaxClass, Variant
from apps.catalog.operations import ProductFacts, VariantFacts, create_product
from apps.core.csv_files import Columns, CsvFile, RefusedRows, Row, UnreadableFile
from apps.inventory.imports import import_products
from apps.inventory.models import StockLevel, StockMovement
from apps.orders import operations as orders

HEAD = (
    "Handle,Title,Body (HTML),Published,Option1 Value,Option2 Value,Variant SKU,Variant Price,"
    "Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,"
    "Variant Barcode,Image Src,Tags"
)
POT = "pot,Teapot,Holds a litre.,true,Default Title,,POT,24.99,800,shopify,5,deny,'4006,,kitchen"
CUP = "cup,Cup,,true,Small,Red,CUP-S,4.50,,shopify,7,continue,,,"
CUP_LARGE = "cup,,,,Large,Red,CUP-L,5.50,,,,,,,"


class Imported:
    """What a run did, and what it refused."""

    def __init__(self, report: ProductReport, refused: Path) -> None:
        self.report = report
        self.refused: list[dict[str, str]] = []
        if refused.exists():
            with refused.open(encoding="utf-8", newline="") as file:
                self.refused = list(csv.DictReader(file))

    @property
    def reasons(self) -> list[tuple[int, str, str]]:
        return [(int(row["line"]), row["field"], row["reason"]) for row in self.refused]


@pytest.fixture
def load(acme: Organization, tmp_path: Path) -> Callable[..., Imported]:
    """Import rows of text for Acme."""

    def load(*rows: str, head: str = HEAD, **more: Any) -> Imported:
        path = tmp_path / "products.csv"
        path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        source = CsvFile(path)
        with RefusedRows(tmp_path / "refused.csv", source) as refused:
            report = import_products(organization=acme, source=source, refused=refused, **more)
        return Imported(report, tmp_path / "refused.csv")

    return load


def variant(sku: str) -> Variant:
    return Variant.objects.select_related("product").get(sku=sku)


def on_hand(sku: str) -> int:
    return StockLevel.objects.get(variant__sku=sku).on_hand


def test_a_product_arrives_with_its_facts_and_its_opening_stock(
    load: Callable[..., Imported],
) -> None:
    imported = load(POT)

    pot = variant("POT")
    assert imported.report == ProductReport(
        products_created=1, variants_created=1, units_counted_in=5
    )
    assert (pot.product.handle, pot.product.name) == ("pot", "Teapot")
    assert (pot.product.description, pot.product.status) == ("Holds a litre.", "active")
    assert (pot.name, pot.price, pot.barcode) == ("", Decimal("24.99"), "4006")
    assert (pot.weight_g, pot.track_stock, pot.allow_backorder) == (800, True, False)
    assert on_hand("POT") == 5
    assert StockMovement.objects.get().delta == 5


def test_a_plain_column_of_barcodes_is_read(load: Callable[..., Imported]) -> None:
    load(POT, head=HEAD.replace("Variant Barcode", "Barcode"))

    assert variant("POT").barcode == "4006"


def test_rows_of_a_handle_are_variants_of_one_product(load: Callable[..., Imported]) -> None:
    load(CUP, CUP_LARGE)

    small, large = variant("CUP-S"), variant("CUP-L")
    assert small.product == large.product
    assert (small.name, large.name) == ("Small / Red", "Large / Red")
    assert (small.allow_backorder, small.track_stock) == (True, True)
    # No tracker: nobody counts it.
    assert (large.allow_backorder, large.track_stock) == (False, False)


def test_the_same_file_again_changes_nothing(load: Callable[..., Imported]) -> None:
    load(POT, CUP, CUP_LARGE)

    again = load(POT, CUP, CUP_LARGE)

    assert again.report == ProductReport(products_unchanged=2, variants_unchanged=3)
    assert (Product.objects.count(), Variant.objects.count()) == (2, 3)
    assert (on_hand("POT"), StockMovement.objects.count()) == (5, 2)


def test_a_changed_file_updates_and_leaves_the_stock_alone(load: Callable[..., Imported]) -> None:
    load(POT, CUP, CUP_LARGE)

    again = load(
        POT.replace("24.99", "26.00").replace("shopify,5", "shopify,50"),
        CUP.replace(",Cup,", ",Mug,"),
        CUP_LARGE,
    )

    assert again.report == ProductReport(
        products_updated=1, products_unchanged=1, variants_updated=1, variants_unchanged=2
    )
    assert (variant("POT").price, on_hand("POT")) == (Decimal("26.00"), 5)
    assert Product.objects.get(handle="cup").name == "Mug"


def test_a_new_variant_of_a_known_product_brings_its_own_stock(
    load: Callable[..., Imported],
) -> None:
    load(CUP)

    again = load(CUP, "cup,,,,Medium,Red,CUP-M,5.00,,shopify,3,,,,")

    assert again.report == ProductReport(
        products_unchanged=1, variants_created=1, variants_unchanged=1, units_counted_in=3
    )
    assert (on_hand("CUP-S"), on_hand("CUP-M")) == (7, 3)


def test_columns_the_file_lacks_leave_what_we_know_alone(load: Callable[..., Imported]) -> None:
    load(POT.replace("deny", "continue"))

    again = load("pot,Teapot,POT,30", head="Handle,Title,Variant SKU,Variant Price")

    pot = variant("POT")
    assert again.report == ProductReport(products_unchanged=1, variants_updated=1)
    assert (pot.price, pot.weight_g, pot.barcode) == (Decimal(30), 800, "4006")
    assert (pot.allow_backorder, pot.product.description) == (True, "Holds a litre.")


def test_unpublished_products_are_drafts(load: Callable[..., Imported]) -> None:
    load(POT.replace("true", "FALSE"))

    assert variant("POT").product.status == Product.Status.DRAFT


def test_a_description_in_html_becomes_text(load: Callable[..., Imported]) -> None:
    load(POT.replace("Holds a litre.", "<p>Holds <b>1 l</b> of tea &amp; milk</p>"))

    assert variant("POT").product.description == "Holds 1 l of tea & milk"


def test_rows_with_nothing_but_a_picture_are_counted_and_passed_over(
    load: Callable[..., Imported],
) -> None:
    imported = load(POT, "pot,,,,,,,,,,,,,https://shop.example/pot.jpg,")

    assert imported.report == ProductReport(
        products_created=1,
        variants_created=1,
        units_counted_in=5,
        picture_rows_passed_over=1,
    )
    assert imported.refused == []


def test_new_products_get_the_tax_class_and_known_ones_keep_theirs(
    load: Callable[..., Imported], standard_tax: TaxClass
) -> None:
    load(POT)

    load(POT, CUP, tax_class=standard_tax)

    assert variant("POT").product.tax_class is None
    assert variant("CUP-S").product.tax_class == standard_tax


def test_a_product_whose_rows_stand_apart_is_still_one(load: Callable[..., Imported]) -> None:
    imported = load(CUP, POT, CUP_LARGE)
    again = load(CUP, POT, CUP_LARGE)

    assert (imported.report.products_created, imported.report.variants_created) == (2, 3)
    assert again.report == ProductReport(products_unchanged=2, variants_unchanged=3)


@pytest.mark.parametrize(
    ("row", "field", "said"),
    [
        (POT.replace("24.99", ""), "Variant Price", "is empty"),
        (POT.replace("24.99", "cheap"), "Variant Price", "“cheap” is not a number such as 24.99"),
        (POT.replace("24.99", "-1"), "Variant Price", "“-1” is negative"),
        (
            POT.replace("24.99", "100000000"),
            "Variant Price",
            "“100000000” is not below 100,000,000",
        ),
        (POT.replace("shopify,5", "shopify,-5"), "Variant Inventory Qty", "“-5” is negative"),
        (POT.replace("shopify,5", "shopify,1.5"), "Variant Inventory Qty", "“1.5” is not a whole"),
        (POT.replace("shopify,5", "shopify,x"), "Variant Inventory Qty", "“x” is not a whole"),
        (POT.replace("800", "heavy"), "Variant Grams", "“heavy” is not a number such as"),
        (POT.replace("deny", "maybe"), "Variant Inventory Policy", "“maybe” is neither deny nor"),
        (POT.replace("true", "soon"), "Published", "“soon” is neither true nor false"),
        (POT.replace("Teapot", "T" * 201), "Title", "is longer than 200 characters"),
        (POT.replace("Teapot", ""), "Title", "is empty for a new product"),
        (POT.replace(",POT,", f",{'P' * 65},"), "Variant SKU", "is longer than 64 characters"),
        (POT.replace("Default Title", "D" * 121), "Option1 Value", "and the other options are"),
        (POT.replace("pot,T", "tea pot,T"), "Handle", "“tea pot” is not made of letters"),
        (POT.replace("pot,T", ",T"), "Handle", "is not made of letters"),
        (POT.replace("pot,T", "new,T"), "Handle", "“new” is a word our paths need"),
        (CUP, "Variant SKU", "CUP-S stands on line 2 too"),
        ("mug,,,,Large,,MUG-L,5,,,,,,,", "Title", "is empty for a new product"),
        ("cup,,,,,,,,,,,,,,", "Variant Price", "is empty"),
        (POT + ",,surplus", "", "has more cells than the first line has columns"),
    ],
)
def test_a_bad_row_is_refused_by_line_and_field_and_the_good_ones_are_kept(
    load: Callable[..., Imported], row: str, field: str, said: str
) -> None:
    imported = load(CUP, row, CUP_LARGE)

    [(line, where, reason)] = imported.reasons
    assert (line, where) == (3, field)
    assert reason.startswith(said)
    assert imported.refused[0]["Tags"] in row
    assert sorted(Variant.objects.values_list("sku", flat=True)) == ["CUP-L", "CUP-S"]


def test_a_row_says_everything_that_is_wrong_with_it(load: Callable[..., Imported]) -> None:
    imported = load(POT.replace("24.99", "abc").replace("shopify,5", "shopify,x"))

    reason = "“abc” is not a number such as 24.99; Variant Inventory Qty “x” is not a whole number"
    assert imported.reasons == [(2, "Variant Price", reason)]


NAMES = "Title,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty"


def test_without_handles_the_rows_of_a_name_are_one_product(
    load: Callable[..., Imported],
) -> None:
    rows = [
        "Café Ebbe,250 g,EBBE-250,8.90,3",
        "Mill,,MILL,39,1",
        "café  Ebbe,1 kg,EBBE-1000,29.50,2",
    ]
    imported = load(*rows, head=NAMES)

    again = load(*rows, head=NAMES)

    assert imported.refused == []
    assert imported.report == ProductReport(
        products_created=2, variants_created=3, units_counted_in=6
    )
    assert variant("EBBE-250").product == variant("EBBE-1000").product
    assert set(Product.objects.values_list("handle", "name")) == {
        ("cafe-ebbe", "Café Ebbe"),
        ("mill", "Mill"),
    }
    assert again.report == ProductReport(products_unchanged=2, variants_unchanged=3)


def test_without_handles_a_product_made_by_hand_is_found_by_its_name(
    load: Callable[..., Imported], acme: Organization
) -> None:
    offers = [VariantFacts(name="", sku="BOTTLE", price=Decimal(5))]
    made = create_product(organization=acme, facts=ProductFacts("Bottle 1.5 l"), variants=offers)

    imported = load("Bottle 1.5 l,,BOTTLE,5,", head=NAMES)

    assert imported.report == ProductReport(products_unchanged=1, variants_unchanged=1)
    assert Product.objects.get() == made


def test_without_handles_another_product_of_ours_is_not_renamed(
    load: Callable[..., Imported],
) -> None:
    load("Bottle 1.5 l,,B-1,5,", head=NAMES)

    imported = load("Bottle 15 l,,B-15,50,", "Bottle 15 l,Blue,B-BLUE,50,", head=NAMES)

    reason = "“Bottle 15 l” gets the same link as “Bottle 1.5 l”: add a column with handles"
    assert imported.reasons == [(2, "Title", reason), (3, "Title", reason)]
    assert imported.report == ProductReport()
    assert Product.objects.get().name == "Bottle 1.5 l"


def test_without_handles_a_product_renamed_at_the_desk_is_known_by_its_skus(
    load: Callable[..., Imported],
) -> None:
    load("Mill,,MILL,39,1", head=NAMES)
    Product.objects.update(name="Hand mill")

    imported = load("Mill,,MILL,39,1", "Mill,Large,MILL-L,49,1", head=NAMES)

    assert imported.reasons == []
    assert imported.report == ProductReport(
        products_updated=1, variants_created=1, variants_unchanged=1, units_counted_in=1
    )


def test_without_handles_every_row_needs_its_name(load: Callable[..., Imported]) -> None:
    imported = load("Mill,,MILL,39,1", ",Large,MILL-L,49,1", head=NAMES)

    assert imported.reasons == [(3, "Title", "is missing")]


def test_names_that_come_to_one_handle_are_not_one_product(load: Callable[..., Imported]) -> None:
    rows = [
        "Bottle 1.5 l,,B-1,5,",
        "赤,,RED,5,",
        "青,,BLUE,5,",
        "New,,NEW,5,",
        "Bottle 15 l,,B-15,50,",
    ]
    imported = load(*rows, head=NAMES)

    reason = "“Bottle 15 l” gets the same link as “Bottle 1.5 l”: add a column with handles"
    assert imported.reasons == [(6, "Title", reason)]
    assert set(Product.objects.values_list("name", flat=True)) == {
        "Bottle 1.5 l",
        "赤",
        "青",
        "New",
    }
    assert load(*rows, head=NAMES).report == ProductReport(
        products_unchanged=4, variants_unchanged=4
    )


def test_a_new_product_without_its_first_row_is_refused_with_all_its_rows(
    load: Callable[..., Imported],
) -> None:
    imported = load(CUP.replace(",Cup,", f",{'C' * 201},"), CUP_LARGE, POT)

    assert [(line, field) for line, field, _ in imported.reasons] == [(2, "Title"), (3, "")]
    assert imported.reasons[1][2] == "the row that names its product was refused"
    assert Product.objects.get().handle == "pot"


def test_a_new_product_without_one_good_variant_is_not_made(load: Callable[..., Imported]) -> None:
    load(POT.replace("24.99", "free"))

    assert not Product.objects.exists()


def test_a_sku_of_another_product_is_refused(load: Callable[..., Imported]) -> None:
    load(POT)

    imported = load(CUP.replace("CUP-S", "POT"), CUP_LARGE)

    assert imported.reasons == [(2, "Variant SKU", "belongs to another product")]
    assert variant("POT").product.handle == "pot"


def test_the_same_sku_and_handle_of_a_neighbour_are_not_ours(
    load: Callable[..., Imported], globex: Organization
) -> None:
    theirs = Product.objects.create(organization=globex, handle="pot", name="Their pot")
    Variant.objects.create(organization=globex, product=theirs, sku="POT", price=1)

    imported = load(POT)

    theirs.refresh_from_db()
    assert imported.report == ProductReport(
        products_created=1, variants_created=1, units_counted_in=5
    )
    assert theirs.name == "Their pot"
    assert theirs.variants.get().price == 1


def row_of(**cells: str) -> Row:
    places = {name: place for place, name in enumerate(cells)}
    return Row(2, list(cells.values()), Columns(places, {}))


@pytest.mark.parametrize(
    ("cells", "sku"),
    [
        ({"handle": "pot", "option1": "Default Title"}, "pot"),
        ({"handle": "cup", "option1": "Small", "option2": "Dark Red"}, "cup.small.dark-red"),
        ({"handle": "a-b"}, "a-b"),
        ({"handle": "a", "option1": "b"}, "a.b"),
    ],
)
def test_a_variant_without_a_sku_gets_one_of_its_handle_and_options(
    cells: dict[str, str], sku: str
) -> None:
    assert derived_sku(row_of(**cells)) == sku


def test_derived_skus_differ_where_options_do_and_are_never_too_long() -> None:
    options = ["1/2", "12", "赤", "青", "x" * 200, "x" * 201]

    skus = [derived_sku(row_of(handle="cup", option1=option)) for option in options]

    assert len(set(skus)) == len(options)
    assert max(map(len, skus)) == 64


def test_variants_without_skus_are_found_again(load: Callable[..., Imported]) -> None:
    rows = [CUP.replace("CUP-S", ""), CUP_LARGE.replace("CUP-L", "")]
    load(*rows)

    assert load(*rows).report == ProductReport(products_unchanged=1, variants_unchanged=2)


def test_a_dry_run_says_what_would_change_and_changes_nothing(
    load: Callable[..., Imported],
) -> None:
    load(POT)

    dry = load(POT.replace("24.99", "1"), CUP, "x,X,,,,,X,bad,,,,,,,", dry_run=True)

    assert dry.report == ProductReport(
        products_created=1,
        products_unchanged=1,
        variants_created=1,
        variants_updated=1,
        units_counted_in=7,
    )
    assert dry.reasons == [(4, "Variant Price", "“bad” is not a number such as 24.99")]
    assert variant("POT").price == Decimal("24.99")
    assert (Variant.objects.count(), StockMovement.objects.count()) == (1, 1)


def many(count: int) -> list[str]:
    return [f"p{i},P{i},,true,,,SKU{i},1.00,,shopify,2,,,," for i in range(count)]


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(execute: Callable[..., object], sql: str, *rest: object) -> object:
        statements.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield statements


def test_a_batch_takes_as_many_statements_for_a_thousand_rows_as_for_ten(
    load: Callable[..., Imported],
) -> None:
    load(POT)  # The location is there.

    with counted_statements() as few:
        load(*many(10))
    with counted_statements() as lots:
        load(*[row.replace("SKU", "S").replace("p", "q", 1) for row in many(990)])

    assert len(lots) == len(few) == 10


def test_an_import_that_was_interrupted_is_repeated_and_adds_no_stock_twice(
    load: Callable[..., Imported],
) -> None:
    lines = iter(range(1, 2000))

    def power_fails(_: int) -> None:
        if next(lines) == 1500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(*many(1800), progress=power_fails)
    before = Variant.objects.count()
    again = load(*many(1800))

    assert before == 1000
    assert (again.report.variants_unchanged, again.report.variants_created) == (1000, 800)
    assert set(StockLevel.objects.values_list("on_hand", flat=True)) == {2}
    assert (StockLevel.objects.count(), StockMovement.objects.count()) == (1800, 1800)


def test_imported_stock_can_be_sold(
    load: Callable[..., Imported], acme: Organization, jo: orders.Buyer
) -> None:
    load(POT)

    orders.place_order(
        organization=acme, buyer=jo, items=[orders.Item(variant("POT"), 2)], placed_by=None
    )
    load(POT)

    level = StockLevel.objects.get()
    assert (level.on_hand, level.reserved) == (5, 2)


def test_a_missing_column_is_named(load: Callable[..., Imported]) -> None:
    with pytest.raises(UnreadableFile, match="no column Title, and no column Variant Price"):
        load("pot", head="Handle")


@pytest.fixture
def apparel() -> Path:
    folder = os.getenv("DOZEN_MATERIAL")
    if not folder:
        pytest.skip("DOZEN_MATERIAL names no folder with the real files.")
    return Path(folder) / "shopify-apparel.csv"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["acme", "nowhere.csv"], "Cannot read nowhere.csv: No such file or directory."),
        (["initech", "nowhere.csv"], "There is no organization initech."),
    ],
)
def test_the_command_refuses_in_one_sentence(
    acme: Organization, arguments: list[str], said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("import_products", *arguments)


def test_the_command_knows_tax_classes_by_name(
    acme: Organization, standard_tax: TaxClass, tmp_path: Path
) -> None:
    path = tmp_path / "products.csv"
    path.write_text(f"{HEAD}\n{POT}\n")

    with pytest.raises(CommandError, match="acme has no tax class Luxury"):
        call_command("import_products", "acme", path, tax_class="Luxury")
    call_command("import_products", "acme", path, tax_class="Standard")

    assert variant("POT").product.tax_class == standard_tax


def test_the_command_tells_what_it_did_and_where_the_refused_rows_are(
    acme: Organization, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "products.csv"
    path.write_text("\n".join([HEAD, POT, CUP.replace("4.50", "dear"), CUP_LARGE]) + "\n")

    call_command("import_products", "acme", path)

    out, err = capsys.readouterr()
    assert "3 rows read\n" in out
    assert "2 variants created\n" in out
    assert "1 rows refused\n" in out
    assert "1 x Variant Price is not a number such as 24.99\n" in err
    assert "line 3: Variant Price “dear” is not a number such as 24.99\n" in err
    assert str(tmp_path / "products.refused.csv") in err
    assert (tmp_path / "products.refused.csv").exists()


def test_a_real_export_of_shopify_is_imported_whole(
    acme: Organization, apparel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        call_command("import_products", "acme", apparel, refused=tmp_path / "refused.csv")

    out, err = capsys.readouterr()
    assert "20 products created" in out
    assert "22 variants created" in out
    assert "20 products unchanged" in out
    assert "22 variants unchanged" in out
    assert err == ""
    varsity = Product.objects.get(handle="classic-varsity-top")
    assert sorted(varsity.variants.values_list("name", "sku", "price")) == [
        ("Large", "classic-varsity-top.large", Decimal(60)),
        ("Medium", "classic-varsity-top.medium", Decimal(60)),
        ("Small", "classic-varsity-top.small", Decimal(60)),
    ]
    assert StockLevel.objects.filter(on_hand=1).count() == 22
