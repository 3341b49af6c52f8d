"""
Orders as the rows of a CSV file, for spreadsheets and other programs.

Moments are ISO 8601 in the organization's time zone, amounts decimals of the currency's major unit
with a point, tags apart by commas. docs/exports.md explains each column.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import batched
from typing import Any
from zoneinfo import ZoneInfo

from apps.accounts.models import Organization
from apps.batches.models import Batch
from apps.batches.operations import ExportPage
from apps.core.csv_files import guarded
from apps.core.money import to_major
from apps.orders.models import Order
from apps.orders.queries import NOTHING, Content, Filters, contents, page_of_orders

CHUNK = 500
COLUMNS: dict[str, Callable[[Order, Content], object]] = {
    "number": lambda order, content: order.number,
    "placed_at": lambda order, content: order.placed_at,
    "status": lambda order, content: order.status,
    "payment_status": lambda order, content: order.payment_status,
    "fulfillment_status": lambda order, content: order.fulfillment_status,
    "return_status": lambda order, content: order.return_status,
    "customer_name": lambda order, content: order.customer_name,
    "email": lambda order, content: order.email,
    "country": lambda order, content: order.country,
    "lines": lambda order, content: content.lines,
    "units": lambda order, content: content.units,
    "currency": lambda order, content: order.currency,
    "net": lambda order, content: to_major(order.net, order.currency),
    "tax": lambda order, content: to_major(order.tax, order.currency),
    "total": lambda order, content: to_major(order.total, order.currency),
    "credited": lambda order, content: to_major(order.credited, order.currency),
    "paid": lambda order, content: to_major(order.kept, order.currency),
    "balance": lambda order, content: to_major(order.balance, order.currency),
    "channel": lambda order, content: order.channel,
    "external_ref": lambda order, content: order.external_ref,
    "tags": lambda order, content: ", ".join(order.tags),
    "assignee": lambda order, content: order.assignee.email if order.assignee else "",
    "paid_at": lambda order, content: order.paid_at,
    "note": lambda order, content: order.note,
}


def csv_of_orders(organization: Organization, orders: Iterable[Order]) -> Iterator[str]:
    """
    Write orders, with their assignees, as lines of a CSV file; the first names the columns.

    Reads CHUNK orders at a time, so that memory does not grow with the file.
    """
    writer = csv.writer(Echo())
    # Else Excel takes it for what its Windows calls text.
    yield "\ufeff" + writer.writerow(COLUMNS)
    for chunk in batched(orders, CHUNK, strict=False):
        rows = rows_of_orders(organization, chunk)
        yield "".join(writer.writerow([guarded(cell) for cell in row]) for row in rows)


def list_header(batch: Batch) -> list[str]:
    return list(COLUMNS)


def list_rows(batch: Batch, after: Any) -> ExportPage:
    """Return what the list of `batch.params` shows behind a cursor of it."""
    page = page_of_orders(
        batch.organization,
        Filters.from_json(batch.params["filters"]),
        sort=batch.params["sort"],
        after=after or "",
        size=CHUNK,
    )
    return ExportPage(rows_of_orders(batch.organization, page.orders), page.next or None)


def rows_of_orders(organization: Organization, orders: Sequence[Order]) -> list[list[str]]:
    """Return the cells of each order."""
    found, zone = contents(organization, orders), ZoneInfo(organization.timezone)
    return [
        [_cell(column(order, found.get(order.pk, NOTHING)), zone) for column in COLUMNS.values()]
        for order in orders
    ]


class Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _cell(value: object, zone: ZoneInfo) -> str:
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    return "" if value is None else str(value)
