"""What single rows and cells say, in our words; BadRow says what is wrong with them."""

import hashlib
import html
import re
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from django.utils.html import strip_tags
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.catalog.models import Product
from apps.catalog.operations import TAKEN_HANDLES
from apps.core.csv_files import BadRow, Row

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
ONLY_OPTION = "Default Title"
POLICIES = {"": False, "deny": False, "continue": True}
PUBLISHED = {"": True, "true": True, "false": False}
SKU_LENGTH = 64
NAME_LENGTH = 120
HANDLE = re.compile(r"[-a-zA-Z0-9_]{1,120}")
# Leaves room in a handle for a digest.
STEM_LENGTH = 100
SHOWN_OF_VALUE = 40

_WHOLE = re.compile(r"-?[0-9]+(\.0+|,0{1,2})?")


def handle_of(row: Row) -> str:
    """Return the handle of the row's product: made of its name where the file has none."""
    if "handle" in row.columns.places:
        return row["handle"]
    return _handle_of_name(row["title"])


@lru_cache(maxsize=1024)
def _handle_of_name(name: str) -> str:
    # As the form does it, but the same in every run.
    stem = slugify(name)[:STEM_LENGTH]
    if not name or (stem and stem not in TAKEN_HANDLES):
        return stem
    return f"{stem or 'product'}-{_digest(name)}"


def insist_on_name(row: Row, name: str) -> None:
    """Raise BadRow where the row's name is another, though both come to one handle."""
    if row["title"].casefold().split() != name.casefold().split():
        raise bad(
            row,
            "title",
            _("gets the same link as “%(name)s”: add a column with handles")
            % {"name": name[:SHOWN_OF_VALUE]},
            kind="gets the same link as another",
        )


def bad(row: Row, name: str, reason: str, *, kind: str = "") -> BadRow:
    """Say what stands there, and what is wrong with it."""
    value = row[name]
    if len(value) > SHOWN_OF_VALUE:
        value = f"{value[:SHOWN_OF_VALUE]}…"
    said = _("“%(value)s” %(reason)s") % {"value": value, "reason": reason} if value else reason
    return row.bad(name, said, kind=kind or reason)


def all_of(row: Row, reads: Iterable[tuple[str, Callable[[Row], object]]]) -> dict[str, Any]:
    """Read everything; raises one BadRow that names all that is wrong."""
    found: dict[str, Any] = {}
    wrong: list[BadRow] = []
    for name, read in reads:
        try:
            found[name] = read(row)
        except BadRow as reason:
            wrong.append(reason)
    if wrong:
        first, *others = wrong
        said = "; ".join([str(first), *(f"{one.field} {one}" for one in others)])
        raise BadRow(said, field=first.field, kind=first.kind)
    return found


def sku_of(row: Row) -> str:
    return row.text("sku", at_most=SKU_LENGTH).removeprefix("'") or derived_sku(row)


def derived_sku(row: Row) -> str:
    """Return handle and options as one word, short enough, and different for what differs."""
    options = [row[name] for name in OPTIONS if row[name] not in {"", ONLY_OPTION}]
    sku = ".".join([handle_of(row), *map(_slug, options)])
    return sku if len(sku) <= SKU_LENGTH else f"{sku[: SKU_LENGTH - 9]}-{_digest(sku)}"


def _slug(option: str) -> str:
    # "1/2" and "12" would both be 12: where letters got lost, a digest tells them apart.
    slug = slugify(option)
    return slug if slug == "-".join(option.lower().split()) else f"{slug}-{_digest(option)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def insist_on_handle(row: Row) -> None:
    handle = handle_of(row)
    if not handle and "handle" not in row.columns.places:
        raise row.bad("title", _("is missing"))
    if not HANDLE.fullmatch(handle):
        raise bad(row, "handle", _("is not made of letters, digits, - and _, 120 at most"))
    if handle in TAKEN_HANDLES:
        raise bad(row, "handle", _("is a word our paths need"))


def status(row: Row) -> Product.Status:
    listed = row["status"].lower() or Product.Status.ACTIVE
    published = PUBLISHED.get(row["published"].lower())
    if published is None:
        raise bad(row, "published", _("is neither true nor false"))
    if listed not in Product.Status.values:
        raise bad(row, "status", _("is none of draft, active and archived"))
    if listed == Product.Status.ACTIVE and not published:
        return Product.Status.DRAFT
    return Product.Status(listed)


def plain_text(body: str) -> str:
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
    price = _number(row, "price", places=6, below=PRICE_BELOW)
    if price < 0:
        raise bad(row, "price", _("is negative"))
    return price


def _policy(row: Row) -> bool:
    policy = row["policy"].lower()
    if policy not in POLICIES:
        raise bad(row, "policy", _("is neither deny nor continue"))
    return POLICIES[policy]


def _number(row: Row, name: str, *, places: int, below: int) -> Decimal:
    try:
        return row.number(name, places=places, below=below)
    except BadRow as reason:
        raise bad(row, name, str(reason)) from reason


def stock(row: Row) -> int:
    if row["stock"] and not _WHOLE.fullmatch(row["stock"]):
        raise bad(row, "stock", _("is not a whole number"))
    return _count(row, "stock") or 0


def _count(row: Row, name: str, *, places: int = 0) -> int | None:
    if not row[name]:
        return None
    number = _number(row, name, places=places, below=COUNT_BELOW)
    if number < 0:
        raise bad(row, name, _("is negative"))
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
