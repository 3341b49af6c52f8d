"""Orders from a CSV of lines. The real file is read where DOZEN_MATERIAL names its folder."""

import csv
import os
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.management import call_command

from apps.accounts.models import Organization
from apps.catalog.models import Product, Variant
from apps.core.csv_files import CsvFile, RefusedRows, UnreadableFile
from apps.events.models import Event
from apps.inventory.models import StockLevel
from apps.orders.imports import OrderReport, import_orders
from apps.orders.imports.dates import DateReader
from apps.orders.models import Order

HEAD = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
HEART = "100,85123A,WHITE HEART,6,12/1/10 8:26,2.55,17850,United Kingdom"
LANTERN = "100,71053,LANTERN,2,12/1/10 8:26,3.39,17850,United Kingdom"
POTS = "101,TEAPOT,OUR POT,3,12/1/10 8:28,20.00,13047,France"
POSTAGE = "101,POST,POSTAGE,1,12/1/10 8:28,18,13047,France"
CREDIT = "C102,71053,LANTERN,-1,12/1/10 9:41,3.39,17850,United Kingdom"


class Imported:
    """What a run did, and what it refused."""

    def __init__(self, report: OrderReport, refused: Path) -> None:
        self.report = report
        self.reasons: list[tuple[int, str, str]] = []
        if refused.exists():
            with refused.open(encoding="utf-8", newline="") as file:
                self.reasons = [
                    (int(row["line"]), row["field"], row["reason"]) for row in csv.DictReader(file)
                ]


@pytest.fixture
def load(acme: Organization, tmp_path: Path) -> Callable[..., Imported]:
    """Import rows of text for Acme."""

    def load(*rows: str, head: str = HEAD, encoding: str = "utf-8", **more: Any) -> Imported:
        path = tmp_path / "orders.csv"
        path.write_text("\n".join([head, *rows]) + "\n", encoding=encoding)
        source = CsvFile(path)
        with RefusedRows(tmp_path / "refused.csv", source) as refused:
            report = import_orders(organization=acme, source=source, refused=refused, **more)
        return Imported(report, tmp_path / "refused.csv")

    return load


def imported_order(number: str) -> Order:
    return Order.objects.get(channel=Order.Channel.IMPORT, external_ref=number)


def test_rows_of_a_number_become_one_placed_order(
    load: Callable[..., Imported], acme: Organization
) -> None:
    acme.timezone = "Europe/London"
    acme.save()

    imported = load(HEART, LANTERN)

    order = imported_order("100")
    assert imported.report == OrderReport(orders_placed=1, lines_placed=2)
    assert (order.status, order.number, order.expires_at) == (Order.Status.PENDING, 1, None)
    assert order.placed_at == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert order.total == 6 * 255 + 2 * 339
    assert order.customer is not None
    assert order.customer.external_ref == "17850"
    assert order.shipping_address == "United Kingdom"
    assert [(line.sku, line.name, line.variant) for line in order.lines.order_by("position")] == [
        ("85123A", "WHITE HEART", None),
        ("71053", "LANTERN", None),
    ]


def test_what_we_sell_reserves_its_stock_at_the_price_of_the_file(
    load: Callable[..., Imported], teapot: Variant
) -> None:
    load(POTS)

    line = imported_order("101").lines.get()
    level = StockLevel.objects.get()
    assert (line.variant, line.name, line.gross) == (teapot, "Teapot", 6000)
    assert (level.on_hand, level.reserved) == (10, 3)


def test_a_draft_of_our_catalogue_is_not_sold_but_free_text(
    load: Callable[..., Imported], teapot: Variant
) -> None:
    Product.objects.update(status=Product.Status.DRAFT)

    load(POTS)

    assert imported_order("101").lines.get().variant is None


def test_one_sku_may_stand_twice_in_an_order(
    load: Callable[..., Imported], teapot: Variant
) -> None:
    load(POTS, POTS.replace(",3,", ",7,"))

    assert sorted(imported_order("101").lines.values_list("quantity", flat=True)) == [3, 7]
    assert StockLevel.objects.get().reserved == 10


def test_rows_of_an_order_need_not_stand_together(load: Callable[..., Imported]) -> None:
    imported = load(HEART, POTS, LANTERN)

    assert imported.report == OrderReport(orders_placed=2, lines_placed=3)
    assert imported_order("100").lines.count() == 2


def test_the_same_file_again_places_nothing_twice(
    load: Callable[..., Imported], teapot: Variant
) -> None:
    """A17"""
    # All ten are taken: the second run must not first find that there are none left.
    rows = [HEART, POTS.replace(",3,", ",10,"), POSTAGE, CREDIT]
    first = load(*rows)

    again = load(*rows)

    assert first.report == OrderReport(orders_placed=2, lines_placed=2)
    assert again.report == OrderReport(orders_already_there=2)
    assert again.reasons == first.reasons
    assert (Order.objects.count(), StockLevel.objects.get().reserved) == (2, 10)
    assert Order.objects.order_by("-number")[0].number == 2


def test_an_import_that_was_interrupted_goes_on_where_it_stopped(
    load: Callable[..., Imported],
) -> None:
    """A17: halfway."""
    rows = [HEART.replace("100", str(number)) for number in range(100, 110)]
    lines = iter(range(1, 100))

    def power_fails(_: int) -> None:
        if next(lines) == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(*rows, progress=power_fails)
    again = load(*rows)

    assert again.report == OrderReport(orders_placed=5, orders_already_there=5, lines_placed=5)
    assert Order.objects.count() == 10


def test_a_neighbours_order_of_the_same_number_is_another(
    load: Callable[..., Imported], globex: Organization, tmp_path: Path
) -> None:
    load(HEART)

    call_command("import_orders", "globex", tmp_path / "orders.csv")

    assert Order.objects.filter(external_ref="100").count() == 2


def test_credit_notes_are_refused_row_by_row(load: Callable[..., Imported]) -> None:
    imported = load(HEART, CREDIT, CREDIT.replace("-1", "1"))

    reason = "is a credit note, not an order"
    assert imported.reasons == [(3, "InvoiceNo", reason), (4, "InvoiceNo", reason)]
    assert Order.objects.get().external_ref == "100"


def test_a_charge_is_listed_and_left_out_and_the_order_says_so(
    load: Callable[..., Imported],
) -> None:
    imported = load(POTS, POSTAGE)

    order = imported_order("101")
    assert imported.reasons == [(3, "StockCode", "is a charge, not a product: left out of 101")]
    assert (order.total, order.lines.count()) == (6000, 1)
    assert order.note == "Left out on import: POST POSTAGE, 1 x 18\n"


def test_a_charge_that_we_sell_is_a_product(
    load: Callable[..., Imported], stock_product: Callable[..., Variant]
) -> None:
    stamp = stock_product("POST", "A stamp", "1.00", 5)

    imported = load(POSTAGE)

    assert imported.reasons == []
    assert imported_order("101").lines.get().variant == stamp


def test_an_order_of_charges_alone_is_none(load: Callable[..., Imported]) -> None:
    imported = load(POSTAGE)

    assert [line for line, _, _ in imported.reasons] == [2]
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("row", "field", "said"),
    [
        (LANTERN.replace(",2,", ",,"), "Quantity", "is empty"),
        (LANTERN.replace(",2,", ",two,"), "Quantity", "is not a number such as 24.99"),
        (LANTERN.replace(",2,", ",0,"), "Quantity", "is not above zero"),
        (LANTERN.replace(",2,", ",-2,"), "Quantity", "is not above zero"),
        (LANTERN.replace(",2,", ",1.5,"), "Quantity", "has more than 0 decimal places"),
        (LANTERN.replace(",2,", ",1000001,"), "Quantity", "is not below 1,000,001"),
        (LANTERN.replace("3.39", ""), "UnitPrice", "is empty"),
        (LANTERN.replace("3.39", "-3.39"), "UnitPrice", "is negative"),
        (LANTERN.replace("LANTERN", ""), "Description", "is empty, and the SKU is none we sell"),
        (LANTERN.replace("LANTERN", "L" * 331), "Description", "is longer than 330 characters"),
        (LANTERN.replace("71053", "7" * 65), "StockCode", "is longer than 64 characters"),
        (LANTERN + ",surplus", "", "has more cells than the first line has columns"),
        ("100,D,Discount,-1,12/1/10 8:26,5,17850,", "Quantity", "is not above zero"),
    ],
)
def test_an_order_with_a_broken_line_is_refused_whole_and_every_row_listed(
    load: Callable[..., Imported], row: str, field: str, said: str
) -> None:
    imported = load(HEART, row, POTS)

    assert imported.reasons == [
        (3, field, said),
        (2, "", "another row of the order was refused (100)"),
    ]
    assert Order.objects.get().external_ref == "101"


def test_an_order_of_two_customers_is_none(load: Callable[..., Imported]) -> None:
    imported = load(HEART, LANTERN.replace("17850", "17851"))

    reason = "differs between the rows of the order"
    assert imported.reasons == [(2, "CustomerID", reason), (3, "CustomerID", reason)]
    assert not Order.objects.exists()


def test_the_customer_may_stand_in_one_row_of_the_order(load: Callable[..., Imported]) -> None:
    load(HEART.replace("17850", ""), LANTERN)

    customer = imported_order("100").customer
    assert customer is not None
    assert customer.external_ref == "17850"


@pytest.mark.parametrize(
    ("row", "field", "said"),
    [
        (HEART.replace("12/1/10 8:26", ""), "InvoiceDate", "is empty"),
        (HEART.replace("12/1/10 8:26", "noon"), "InvoiceDate", "is not a date written as 12/31/10"),
        (HEART.replace("12/1/10", "2/30/10"), "InvoiceDate", "is not a date written as 12/31/10"),
        (HEART.replace("17850", "1" * 65), "CustomerID", "is longer than 64 characters"),
        (HEART.replace("100", "1" * 65), "InvoiceNo", "is longer than 64 characters"),
        (HEART.replace("100", ""), "InvoiceNo", "is empty"),
    ],
)
def test_a_row_that_cannot_be_an_order_is_refused_by_line_and_field(
    load: Callable[..., Imported], row: str, field: str, said: str
) -> None:
    imported = load(POTS, row)

    assert imported.reasons == [(3, field, said)]
    assert Order.objects.get().external_ref == "101"


def test_what_is_out_of_stock_is_refused_and_the_orders_after_it_are_placed(
    load: Callable[..., Imported], teapot: Variant
) -> None:
    imported = load(POTS.replace(",3,", ",11,"), POTS.replace("101", "102"))

    [(line, _, reason)] = imported.reasons
    assert (line, reason) == (2, "Not enough stock. TEAPOT: 11 wanted, 10 available.")
    assert Order.objects.get().external_ref == "102"
    assert StockLevel.objects.get().reserved == 3


def test_an_order_without_a_line_nobody_could_read_is_never_placed(
    load: Callable[..., Imported],
) -> None:
    with pytest.raises(UnreadableFile, match=r"Line 3 of orders\.csv has a broken quote"):
        load(HEART, '"100"1,X,X,1,12/1/10 8:26,1,17850,', LANTERN)

    assert not Order.objects.exists()


def test_an_e_mail_address_finds_the_customer_and_is_not_written_to(
    load: Callable[..., Imported], settle_all: Callable[[], int]
) -> None:
    head = "Order,SKU,Description,Qty,Date,Price,Email,Customer Name"
    bad = "2,X,X,1,2026-01-01,1.00,nobody,"

    imported = load("1,X,X,1,2026-01-01,1.00,jo@customer.example,Jo March", bad, head=head)
    settle_all()

    order = imported_order("1")
    assert (order.email, order.customer_name) == ("jo@customer.example", "Jo March")
    assert imported.reasons == [(3, "Email", "is not an e-mail address")]
    assert Event.objects.get().type == "order.placed"
    assert mail.outbox == []


def test_latin_1_semicolons_and_commas_for_points_are_read(load: Callable[..., Imported]) -> None:
    load(
        "7;X;Théière;2;31.12.2025 18:00;12,50",
        head="Order Number;SKU;Product;Quantity;Order Date;Price",
        encoding="latin-1",
    )

    order = imported_order("7")
    assert (order.lines.get().name, order.total) == ("Théière", 2500)
    assert order.placed_at == datetime(2025, 12, 31, 18, 0, tzinfo=UTC)


def test_a_missing_column_is_named(load: Callable[..., Imported]) -> None:
    with pytest.raises(UnreadableFile, match="no column InvoiceDate or Order Date or Date"):
        load("1,X,X,1,1", head="InvoiceNo,StockCode,Description,Quantity,UnitPrice")


def test_a_dry_run_says_what_would_be_placed_and_keeps_nothing(
    load: Callable[..., Imported], teapot: Variant
) -> None:
    dry = load(HEART, POTS, POSTAGE, CREDIT, dry_run=True)

    assert dry.report == OrderReport(orders_placed=2, lines_placed=2)
    assert [line for line, _, _ in dry.reasons] == [4, 5]
    assert not Order.objects.exists()
    assert not Event.objects.exists()
    assert StockLevel.objects.get().reserved == 0


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("days", "text", "moment"),
    [
        (["12/1/10"], "12/1/10 8:26", "2010-12-01T08:26+01:00"),
        (["12/1/2010"], "12/1/2010", "2010-12-01T00:00+01:00"),
        (["12/1/10", "13/1/10"], "12/1/10 8:26", "2010-01-12T08:26+01:00"),
        (["12/1/10", "12/13/10", "13/13/10"], "12/1/10 8:26", "2010-12-01T08:26+01:00"),
        (["12/1/10"], "7/1/10 8:26 PM", "2010-07-01T20:26+02:00"),
        (["1.12.2010"], "1.12.2010 8:26", "2010-12-01T08:26+01:00"),
        (["2010-12-01"], "2010-12-01", "2010-12-01T00:00+01:00"),
        (["2010-12-01"], "2010-12-01 08:26:30", "2010-12-01T08:26:30+01:00"),
        (["2010-12-01"], "2010-12-01T08:26:30.5Z", "2010-12-01T08:26:30.5+00:00"),
        (["2010-12-01"], "2010-12-01 08:26:00 -0500", "2010-12-01T08:26-05:00"),
    ],
)
def test_dates_are_read_as_the_file_writes_them(days: list[str], text: str, moment: str) -> None:
    assert DateReader(days, BERLIN).read(text) == datetime.fromisoformat(moment)


@pytest.mark.parametrize("text", ["13/1/10 8:26", "2010-12-01", "40513.35", ""])
def test_what_is_written_otherwise_is_no_date(text: str) -> None:
    assert DateReader(["12/1/10", "12/31/10"], BERLIN).read(text) is None


def test_a_year_nobody_lived_in_is_a_slip() -> None:
    assert DateReader(["12/31/2010"], BERLIN).read("12/1/0010") is None


def test_a_date_format_that_is_given_is_the_only_one(load: Callable[..., Imported]) -> None:
    imported = load(HEART, POTS.replace("12/1/10", "12/31/10"), date_format="%d/%m/%y %H:%M")

    assert imported_order("100").placed_at == datetime(2010, 1, 12, 8, 26, tzinfo=UTC)
    assert imported.reasons == [(3, "InvoiceDate", "is not a date written as %d/%m/%y %H:%M")]


def test_the_command_counts_rows_by_reason(
    acme: Organization, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("\n".join([HEAD, HEART, LANTERN, POTS, POSTAGE, CREDIT]) + "\n")

    call_command("import_orders", "acme", path, dry_run=True)
    call_command("import_orders", "acme", path)

    out, err = capsys.readouterr()
    assert "Nothing was changed." in out
    assert out.count("5 rows read") == 2
    assert out.count("2 orders placed") == 2
    assert "1 x InvoiceNo is a credit note, not an order" in err
    assert "1 x StockCode is a charge, not a product" in err
    assert (tmp_path / "orders.refused.csv").exists()


@pytest.fixture
def retail() -> Path:
    folder = os.getenv("DOZEN_MATERIAL")
    if not folder:
        pytest.skip("DOZEN_MATERIAL names no folder with the real files.")
    return Path(folder) / "online-retail-1000.csv"


def test_a_real_file_is_placed_to_the_cent_and_nothing_dropped_in_silence(
    acme: Organization, retail: Path, tmp_path: Path
) -> None:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    with retail.open(encoding="latin-1", newline="") as file:
        for row in csv.DictReader(file):
            if row["StockCode"] != "POST" and row["Description"] and row["InvoiceNo"][0] != "C":
                totals[row["InvoiceNo"]] += int(row["Quantity"]) * Decimal(row["UnitPrice"])

    for run in ("first", "second"):
        call_command("import_orders", "acme", retail, refused=tmp_path / f"{run}.csv")

    placed = dict(Order.objects.values_list("external_ref", "total"))
    assert placed == {number: int(total * 100) for number, total in totals.items()}
    assert len(placed) == 61
    refused = (tmp_path / "first.csv").read_text()
    assert refused == (tmp_path / "second.csv").read_text()
    assert len(refused.splitlines()) == 1 + 13
    assert sum(order.lines.count() for order in Order.objects.all()) + 13 == 999
