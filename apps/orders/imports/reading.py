"""From rows to orders: which rows belong together, and what each of them says."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from apps.catalog.models import Variant
from apps.core.csv_files import Columns, CsvFile, Row, UnreadableFile
from apps.orders.imports.dates import DateReader, day_of
from apps.orders.operations import QUANTITY_AT_MOST, Buyer, Item

COLUMNS = {
    "number": ["InvoiceNo", "Invoice", "Order No", "Order Number", "Order ID", "Order", "Name"],
    "sku": ["StockCode", "SKU", "Item Code", "Product Code"],
    "name": ["Description", "Product", "Product Name", "Item", "Title"],
    "quantity": ["Quantity", "Qty"],
    "date": ["InvoiceDate", "Order Date", "Date", "Created At"],
    "price": ["UnitPrice", "Price"],
    "customer": ["CustomerID", "Customer No", "Customer Number"],
    "customer_name": ["Customer Name", "Customer"],
    "email": ["Email", "Customer Email"],
    "country": ["Country"],
}
REQUIRED = ["number", "sku", "quantity", "date", "price"]
PRICE_BELOW = 100_000_000
CREDIT_NOTE = re.compile(r"C[0-9]+", re.IGNORECASE)
# Postage, carriage, discounts, samples, fees and what else shops book like a product.
CHARGES = frozenset(
    [
        *["POST", "POSTAGE", "SHIPPING", "CARRIAGE", "DOT", "C2", "D", "DISCOUNT", "M", "MANUAL"],
        *["S", "SAMPLES", "B", "ADJUST", "CRUK", "AMAZONFEE", "BANK CHARGES"],
    ]
)


class Line(NamedTuple):
    row: Row
    item: Item

    @property
    def is_charge(self) -> bool:
        return self.item.variant is None and self.item.sku.upper() in CHARGES

    def __str__(self) -> str:
        item = self.item
        return f"{item.sku} {item.name}".strip() + f", {item.quantity} x {item.unit_price}"


class Head(NamedTuple):
    """What an order says once, in any of its rows."""

    buyer: Buyer
    placed_at: datetime


@dataclass
class Reader:
    """Reads lines and orders, once it is known how the file writes dates."""

    dates: DateReader

    def line(self, row: Row, variants: Mapping[str, Variant]) -> Line:
        row.insist_on_sound()
        _insist_on_number(row)
        sku = row.text("sku", at_most=64)
        name = row.text("name", at_most=330)
        variant = variants.get(sku)
        if variant is None and not name and sku.upper() not in CHARGES:
            raise row.bad("name", _("is empty, and the SKU is none we sell"))
        return Line(row, Item(variant, _quantity(row), _price(row), sku, name))

    def head(self, rows: Sequence[Row]) -> Head:
        first = rows[0]
        for name in ("customer", "email"):
            if len({row[name] for row in rows} - {""}) > 1:
                raise first.bad(name, _("differs between the rows of the order"))
        said = {name: _said(rows, name) for name in ("customer", "customer_name", "email")}
        buyer = Buyer(
            email=_email(said["email"]),
            name=said["customer_name"].text("customer_name", at_most=200),
            shipping_address=_said(rows, "country").text("country", at_most=200),
            external_ref=said["customer"].text("customer", at_most=64),
        )
        return Head(buyer, self.date(_said(rows, "date")))

    def date(self, row: Row) -> datetime:
        if not row["date"]:
            raise row.bad("date", _("is empty"))
        moment = self.dates.read(row["date"])
        if moment is None:
            raise row.bad(
                "date", _("is not a date written as %(example)s") % {"example": self.dates.example}
            )
        return moment


@dataclass
class LookedThrough:
    """A file of which it is known where each order ends."""

    source: CsvFile
    columns: Columns
    last_line: dict[str, int]
    reader: Reader

    def orders(self, progress: Callable[[int], object]) -> Iterator[tuple[str, list[Row]]]:
        """Each number with its rows, as soon as its last row was read."""
        waiting: dict[str, list[Row]] = defaultdict(list)
        for row in self.source.rows(self.columns, progress=progress):
            number = row["number"]
            waiting[number].append(row)
            if self.last_line[number] == row.line:
                yield number, waiting.pop(number)


def look_through(source: CsvFile, zone: ZoneInfo, date_format: str) -> LookedThrough:
    """
    Read the file once to learn where each order ends and how dates are written.

    Raises UnreadableFile when a column is missing, or a row cannot be split into cells: nobody
    knows which order that line belongs to, and an order without it would be a wrong one.
    """
    columns = source.columns(COLUMNS, required=REQUIRED)
    last_line: dict[str, int] = {}
    days: set[str] = set()
    for row in source.rows(columns):
        insist_on_cells(row, source.path.name)
        last_line[row["number"]] = row.line
        days.add(day_of(row["date"]))
    reader = Reader(DateReader(days, zone, date_format))
    return LookedThrough(source, columns, last_line, reader)


def insist_on_cells(row: Row, name: str) -> None:
    """Raise UnreadableFile when nobody knows which order a row belongs to."""
    if not row.cells:
        raise UnreadableFile(
            _(
                "Line %(line)s of %(name)s %(problem)s. Correct it first: the order it belongs to "
                "would be placed without it."
            )
            % {"line": row.line, "name": name, "problem": row.problem}
        )


def _said(rows: Sequence[Row], name: str) -> Row:
    return next((row for row in rows if row[name]), rows[0])


def _insist_on_number(row: Row) -> None:
    number = row.text("number", at_most=64)
    if not number:
        raise row.bad("number", _("is empty"))
    if CREDIT_NOTE.fullmatch(number):
        raise row.bad("number", _("is a credit note, not an order"))


def _quantity(row: Row) -> int:
    quantity = row.number("quantity", places=0, below=QUANTITY_AT_MOST + 1)
    if quantity <= 0:
        raise row.bad("quantity", _("is not above zero"))
    return int(quantity)


def _price(row: Row) -> Decimal:
    price = row.number("price", places=6, below=PRICE_BELOW)
    if price < 0:
        raise row.bad("price", _("is negative"))
    return price


def _email(row: Row) -> str:
    email = row.text("email", at_most=254)
    try:
        if email:
            validate_email(email)
    except ValidationError as error:
        raise row.bad("email", _("is not an e-mail address")) from error
    return email
