"""
Orders from a CSV file of order lines, one row a line.

Rows of one number are one order, wherever they stand. It is placed like any other: a line whose SKU
we sell reserves stock, any other is free text at no tax. Prices are what the organization's own
are, with tax or without. Nobody is written to, and nothing expires.

What is no order, or would become another one than the customer agreed to, is refused whole, and
each of its rows listed: credit notes (C and a number), and orders with a line that cannot be read,
is negative, or cannot be served. A charge such as POST is no product, unless it is a SKU we sell:
its row is listed, and the order is placed without it, so that the goods can go out. Its total is
lower by that, and the order's note says by what.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import batched
from zoneinfo import ZoneInfo

from django.db import transaction

from apps.accounts.models import Organization
from apps.catalog.queries import variants_by_sku
from apps.core.csv_files import BadRow, CsvFile, RefusedRows, Row
from apps.core.errors import Refusal
from apps.orders import operations
from apps.orders.imports.reading import Line, Reader, look_through
from apps.orders.models import Order


@dataclass
class OrderReport:
    orders_placed: int = 0
    lines_placed: int = 0
    orders_already_there: int = 0


def import_orders(
    *,
    organization: Organization,
    source: CsvFile,
    refused: RefusedRows,
    progress: Callable[[int], object] = lambda lines: None,
    date_format: str = "",
    dry_run: bool = False,
) -> OrderReport:
    """
    Place the orders of a file; the same file again places none twice.

    One transaction an order: what was interrupted is run again and goes on. A dry run rolls each
    back by itself, for the shop to go on too, so it does not see two orders want the last of a
    thing. Raises UnreadableFile when it cannot be read as orders.
    """
    reader = look_through(source, ZoneInfo(organization.timezone), date_format)
    there = _already_there(organization, reader.last_line)
    run = _Import(organization, reader, refused, there, dry_run=dry_run)
    for number, rows in reader.orders(progress):
        run.take(number, rows)
    return run.report


def _already_there(organization: Organization, numbers: Iterable[str]) -> set[str]:
    imported = organization.orders.filter(channel=Order.Channel.IMPORT)
    there: set[str] = set()
    for some in batched(numbers, 1000, strict=False):
        there.update(imported.filter(external_ref__in=some).values_list("external_ref", flat=True))
    return there


@dataclass
class _Import:
    organization: Organization
    reader: Reader
    refused: RefusedRows
    there: set[str]
    dry_run: bool
    report: OrderReport = field(default_factory=OrderReport)

    def take(self, number: str, rows: Sequence[Row]) -> None:
        lines = self.lines(rows)
        goods = [line for line in lines if not line.is_charge]
        charges = [line for line in lines if line.is_charge]
        for row, _ in charges:
            reason = "is a charge, not a product"
            self.refused.add(row, row.bad("sku", f"{reason}: left out of {number}", kind=reason))
        if number in self.there:
            self.report.orders_already_there += 1
        elif len(lines) < len(rows):
            reason = "another row of the order was refused"
            self.refuse(goods, BadRow(f"{reason} ({number})", kind=reason))
        elif goods:
            self.place(number, goods, charges)

    def lines(self, rows: Sequence[Row]) -> list[Line]:
        variants = variants_by_sku(self.organization, {row["sku"] for row in rows})
        lines = []
        for row in rows:
            try:
                lines.append(self.reader.line(row, variants))
            except BadRow as reason:
                self.refused.add(row, reason)
        return lines

    def place(self, number: str, goods: Sequence[Line], charges: Sequence[Line]) -> None:
        try:
            head = self.reader.head([line.row for line in goods])
            with transaction.atomic() if self.dry_run else nullcontext():
                operations.place_order(
                    organization=self.organization,
                    buyer=head.buyer,
                    items=[line.item for line in goods],
                    origin=operations.Origin(Order.Channel.IMPORT, external_ref=number),
                    note="".join(f"Left out on import: {charge}\n" for charge in charges),
                    placed_at=head.placed_at,
                    placed_by=None,
                )
                if self.dry_run:
                    transaction.set_rollback(True)
        except operations.AlreadyPlaced:
            self.report.orders_already_there += 1
        except Refusal as refusal:
            self.refuse(goods, refusal)
        else:
            self.report.orders_placed += 1
            self.report.lines_placed += len(goods)

    def refuse(self, goods: Iterable[Line], refusal: Refusal) -> None:
        if not isinstance(refusal, BadRow):
            refusal = BadRow(str(refusal), kind=str(refusal).partition(". ")[0])
        for line in goods:
            self.refused.add(line.row, refusal)
