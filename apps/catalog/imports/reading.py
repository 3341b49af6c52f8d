"""From rows to sheets: what a file says about each product. Bad rows end here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from django.utils.translation import gettext as _

from apps.catalog.imports.cells import (
    OPTIONS,
    VARIANT_FACTS,
    all_of,
    handle_of,
    insist_on_handle,
    insist_on_name,
    plain_text,
    sku_of,
    status,
    stock,
)
from apps.catalog.models import Product, Variant
from apps.core.csv_files import BadRow, Refusing, Row

ROWS_AT_ONCE = 1000
# A row with none of these, and with a picture, is about the picture.
SOLD = ("title", *OPTIONS, "sku", "price")

Facts = dict[str, object]


@dataclass
class ProductReport:
    products_created: int = 0
    products_updated: int = 0
    products_unchanged: int = 0
    variants_created: int = 0
    variants_updated: int = 0
    variants_unchanged: int = 0
    units_counted_in: int = 0
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

    @property
    def is_named(self) -> bool:
        """Return whether its handle was only made of its name."""
        return bool(self.offers) and "handle" not in self.offers[0].row.columns.places


@dataclass
class Reader:
    refused: Refusing
    known: frozenset[str]
    report: ProductReport = field(default_factory=ProductReport)
    line_of_sku: dict[str, int] = field(default_factory=dict)
    # Only of handles that were made of names.
    name_of_handle: dict[str, str] = field(default_factory=dict)

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
        for handle, group in groupby(self.sound(rows), key=handle_of):
            yield handle, list(group)

    def sound(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            try:
                row.insist_on_sound()
                insist_on_handle(row)
                self.insist_on_one_name(row)
            except BadRow as reason:
                self.refused.add(row, reason)
            else:
                yield row

    def insist_on_one_name(self, row: Row) -> None:
        """Raise BadRow where another name came to the same handle: it is another product."""
        if "handle" not in self.known:
            insist_on_name(row, self.name_of_handle.setdefault(handle_of(row), row["title"]))

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
            facts["description"] = plain_text(row.text("body", at_most=500_000))
        if self.known & {"published", "status"}:
            facts["status"] = status(row)
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
        reads = [VARIANT_FACTS[name] for name in VARIANT_FACTS if name in self.known]
        facts = all_of(row, [*reads, ("sku", sku_of), ("stock", stock)])
        sku, units = facts.pop("sku"), facts.pop("stock")
        line = self.line_of_sku.setdefault(sku, row.line)
        if line != row.line:
            raise row.bad(
                "sku",
                _("%(sku)s stands on line %(line)s too") % {"sku": sku, "line": line},
                kind="stands there twice",
            )
        return Offer(row, sku, facts, units)
