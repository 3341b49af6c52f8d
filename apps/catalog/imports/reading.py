"""From rows to sheets: what a file says about each product. Bad rows end here."""

import hashlib
import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP
from itertools import groupby
from typing import NamedTuple

from django.utils.html import strip_tags
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.catalog.models import Product, Variant
from apps.catalog.operations import TAKEN_HANDLES
from apps.core.csv_files import BadRow, Refusing, Row

ROWS_AT_ONCE = 1000
# Low enough for the sum of a million of them to be a bigint of cents.
PRICE_BELOW = 100_000_000
COUNT_BELOW = 1_000_000_000

COLUMNS = {
    "handle": ["Handle"],
    "title": ["Title"],
    "body": ["Body (HTML)"],
    "published": ["Published"],
    "status": ["Status"],
    "option1": ["Option1 Value"],
    "option2": ["Option2 Value"],
    "option3": ["Option3 Value"],
    "sku": ["Variant SKU"],
    "price": ["Variant Price"],
    "barcode": ["Variant Barcode", "Barcode"],
    "grams": ["Variant Grams"],
    "tracker": ["Variant Inventory Tracker"],
    "policy": ["Variant Inventory Policy"],
    "stock": ["Variant Inventory Qty"],
    "image": ["Image Src"],
}
OPTIONS = ("option1", "option2", "option3")
# A row with none of these, and with a picture, is about the picture.
SOLD = ("title", *OPTIONS, "sku", "price")
ONLY_OPTION = "Default Title"
POLICIES = {"": False, "deny": False, "continue": True}
PUBLISHED = {"": True, "true": True, "false": False}
SKU_LENGTH = 64
NAME_LENGTH = 120
HANDLE = re.compile(r"[-a-zA-Z0-9_]{1,120}")

Facts = dict[str, object]


@dataclass
class ProductReport:
    products_created: int = 0
    products_updated: int = 0
    products_unchanged: int = 0
    variants_created: int = 0
    variants_updated: int = 0
    variants_unchanged: int = 0
    picture_rows_passed_over: int = 0

    def count(self, row: Product | Variant, what: str) -> None:
        name = f"{type(row).__name__.lower()}s_{what}"
        setattr(self, name, getattr(self, name) + 1)


class Offer(NamedTuple):
    """What one row says about a variant."""

    row: Row
    sku: str
    facts: Facts
    stock: int


class Sheet(NamedTuple):
    """What neighbouring rows say about a product; `untitled` is why it could not be a new one."""

    handle: str
    facts: Facts
    untitled: BadRow | None
    offers: list[Offer]


@dataclass
class Reader:
    refused: Refusing
    known: frozenset[str]
    report: ProductReport = field(default_factory=ProductReport)
    line_of_sku: dict[str, int] = field(default_factory=dict)

    def batches(self, rows: Iterable[Row]) -> Iterator[list[Sheet]]:
        sheets: list[Sheet] = []
        size = 0
        for handle, neighbours in self.groups(rows):
            size += len(neighbours)
            sheets.append(self.sheet(handle, neighbours))
            if size >= ROWS_AT_ONCE:
                yield sheets
                sheets, size = [], 0
        yield sheets

    def groups(self, rows: Iterable[Row]) -> Iterator[tuple[str, list[Row]]]:
        for handle, group in groupby(self.sound(rows), key=lambda row: row["handle"]):
            yield handle, list(group)

    def sound(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            try:
                row.insist_on_sound()
                insist_on_handle(row)
            except BadRow as reason:
                self.refused.add(row, reason)
            else:
                yield row

    def sheet(self, handle: str, rows: list[Row]) -> Sheet:
        first = rows[0]
        facts: Facts = {}
        untitled = None if first["title"] else first.bad("title", _("is empty for a new product"))
        try:
            facts = self.product_facts(first)
        except BadRow as reason:
            self.refused.add(rows.pop(0), reason)
            untitled = BadRow(_("the row that names its product was refused"))
        return Sheet(handle, facts, untitled, [*self.offers(rows)])

    def product_facts(self, row: Row) -> Facts:
        if not row["title"]:
            return {}
        facts: Facts = {"name": row.text("title", at_most=200)}
        if "body" in self.known:
            facts["description"] = _plain_text(row.text("body", at_most=500_000))
        if self.known & {"published", "status"}:
            facts["status"] = _status(row)
        return facts

    def offers(self, rows: Iterable[Row]) -> Iterator[Offer]:
        for row in rows:
            try:
                if any(row[name] for name in SOLD) or not row["image"]:
                    yield self.offer(row)
                else:
                    self.report.picture_rows_passed_over += 1
            except BadRow as reason:
                self.refused.add(row, reason)

    def offer(self, row: Row) -> Offer:
        facts: Facts = {}
        for name, (attribute, read) in VARIANT_FACTS.items():
            if name in self.known:
                facts[attribute] = read(row)
        sku = sku_of(row)
        line = self.line_of_sku.setdefault(sku, row.line)
        if line != row.line:
            raise row.bad(
                "sku",
                _("%(sku)s stands on line %(line)s too") % {"sku": sku, "line": line},
                kind="stands there twice",
            )
        return Offer(row, sku, facts, _count(row, "stock") or 0)


def sku_of(row: Row) -> str:
    return row.text("sku", at_most=SKU_LENGTH).removeprefix("'") or derived_sku(row)


def derived_sku(row: Row) -> str:
    """Return handle and options as one word, short enough, and different for what differs."""
    options = [row[name] for name in OPTIONS if row[name] not in {"", ONLY_OPTION}]
    sku = ".".join([row["handle"], *map(_slug, options)])
    return sku if len(sku) <= SKU_LENGTH else f"{sku[: SKU_LENGTH - 9]}-{_digest(sku)}"


def _slug(option: str) -> str:
    # "1/2" and "12" would both be 12: where letters got lost, a digest tells them apart.
    slug = slugify(option)
    return slug if slug == "-".join(option.lower().split()) else f"{slug}-{_digest(option)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def insist_on_handle(row: Row) -> None:
    if not HANDLE.fullmatch(row["handle"]):
        raise row.bad("handle", _("is not made of letters, digits, - and _, 120 at most"))
    if row["handle"] in TAKEN_HANDLES:
        raise row.bad("handle", _("is a word our paths need"))


def _status(row: Row) -> Product.Status:
    listed = row["status"].lower() or Product.Status.ACTIVE
    published = PUBLISHED.get(row["published"].lower())
    if published is None:
        raise row.bad("published", _("is neither true nor false"))
    if listed not in Product.Status.values:
        raise row.bad("status", _("is none of draft, active and archived"))
    if listed == Product.Status.ACTIVE and not published:
        return Product.Status.DRAFT
    return Product.Status(listed)


def _plain_text(body: str) -> str:
    if "<" not in body and "&" not in body:
        return body
    return html.unescape(strip_tags(body)).strip()


def _variant_name(row: Row) -> str:
    name = " / ".join(row[one] for one in OPTIONS if row[one] not in {"", ONLY_OPTION})
    if len(name) > NAME_LENGTH:
        raise row.bad(
            "option1",
            _("and the other options are longer than %(most)s together") % {"most": NAME_LENGTH},
        )
    return name


def _price(row: Row) -> object:
    price = row.number("price", places=6, below=PRICE_BELOW)
    if price < 0:
        raise row.bad("price", _("is negative"))
    return price


def _policy(row: Row) -> bool:
    policy = row["policy"].lower()
    if policy not in POLICIES:
        raise row.bad("policy", _("is neither deny nor continue"))
    return POLICIES[policy]


def _count(row: Row, name: str, *, places: int = 0) -> int | None:
    if not row[name]:
        return None
    number = row.number(name, places=places, below=COUNT_BELOW)
    if number < 0:
        raise row.bad(name, _("is negative"))
    return int(number.to_integral_value(ROUND_HALF_UP))


# Which column fills which field of a variant.
VARIANT_FACTS: dict[str, tuple[str, Callable[[Row], object]]] = {
    "option1": ("name", _variant_name),
    "price": ("price", _price),
    "barcode": ("barcode", lambda row: row.text("barcode", at_most=64).removeprefix("'")),
    "grams": ("weight_g", lambda row: _count(row, "grams", places=15)),
    "tracker": ("track_stock", lambda row: bool(row["tracker"])),
    "policy": ("allow_backorder", _policy),
}
