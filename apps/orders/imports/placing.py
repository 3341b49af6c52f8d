"""From what the rows say to orders that are placed, each by itself."""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import batched

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.catalog.queries import variants_by_sku
from apps.core.csv_files import BadRow, Refusing, Row
from apps.core.errors import Refusal
from apps.orders import operations
from apps.orders.imports.reading import Line, Reader
from apps.orders.models import Order


@dataclass
class OrderReport:
    orders_placed: int = 0
    lines_placed: int = 0
    orders_already_there: int = 0


def already_there(organization: Organization, numbers: Iterable[str]) -> set[str]:
    imported = organization.orders.filter(channel=Order.Channel.IMPORT)
    there: set[str] = set()
    for some in batched(numbers, 1000, strict=False):
        there.update(imported.filter(external_ref__in=some).values_list("external_ref", flat=True))
    return there


@dataclass
class Placing:
    """Places orders of a file, or says what is in the way. A dry run rolls each back."""

    organization: Organization
    reader: Reader
    refused: Refusing
    there: set[str]
    dry_run: bool
    report: OrderReport = field(default_factory=OrderReport)

    def take(self, number: str, rows: Sequence[Row]) -> None:
        lines = self.lines(rows)
        goods = [line for line in lines if not line.is_charge]
        charges = [line for line in lines if line.is_charge]
        for row, _line in charges:
            reason = _("is a charge, not a product")
            self.refused.add(
                row,
                row.bad(
                    "sku",
                    _("%(reason)s: left out of %(number)s") % {"reason": reason, "number": number},
                    kind=reason,
                ),
            )
        if number in self.there:
            self.report.orders_already_there += 1
        elif len(lines) < len(rows):
            reason = _("another row of the order was refused")
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
                    note="".join(
                        _("Left out on import: %(line)s") % {"line": line} + "\n"
                        for line in charges
                    ),
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
