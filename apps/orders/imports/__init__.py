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

from collections.abc import Callable
from zoneinfo import ZoneInfo

from apps.accounts.models import Organization
from apps.core.csv_files import CsvFile, RefusedRows
from apps.orders.imports.fields import COUNTS, FIELDS, options
from apps.orders.imports.placing import OrderReport, Placing, already_there
from apps.orders.imports.reading import look_through

__all__ = ["COUNTS", "FIELDS", "OrderReport", "import_orders", "options"]


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
    file = look_through(source, ZoneInfo(organization.timezone), date_format)
    there = already_there(organization, file.last_line)
    run = Placing(organization, file.reader, refused, there, dry_run=dry_run)
    for number, rows in file.orders(progress):
        run.take(number, rows)
    return run.report
