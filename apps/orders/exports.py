"""Orders as a CSV file, a row a line, in columns that an import of orders understands."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from apps.batches.models import Batch
from apps.batches.operations import ExportPage
from apps.core.money import to_major
from apps.orders.models import Order, OrderLine

AT_ONCE = 200

COLUMNS = [
    "Order Number",
    "Order Date",
    "Status",
    "Payment Status",
    "Fulfillment Status",
    "Channel",
    "Reference",
    "Customer Name",
    "Customer Email",
    "Country",
    "SKU",
    "Description",
    "Quantity",
    "Cancelled",
    "Shipped",
    "UnitPrice",
    "Tax Rate",
    "Line Net",
    "Line Tax",
    "Line Gross",
    "Order Total",
    "Order Credited",
    "Order Captured",
    "Order Refunded",
    "Currency",
]


def line_header(batch: Batch) -> list[str]:
    return COLUMNS


def line_rows(batch: Batch, after: Any) -> ExportPage:
    """All placed orders with their lines, oldest number first."""
    lines = Prefetch("lines", OrderLine.objects.order_by("position"))
    found = batch.organization.orders.filter(number__gt=after or 0).order_by("number")
    orders = list(found.prefetch_related(lines)[:AT_ONCE])
    zone = ZoneInfo(batch.organization.timezone)
    rows = [row for order in orders for row in _rows(order, zone)]
    return ExportPage(rows, orders[-1].number if len(orders) == AT_ONCE else None)


def _rows(order: Order, zone: ZoneInfo) -> Iterator[list[object]]:
    head = [
        order.number,
        _moment(order.placed_at, zone),
        order.status,
        order.payment_status,
        order.fulfillment_status,
        order.channel,
        order.external_ref,
        order.customer_name,
        order.email,
        order.country,
    ]
    sums = [order.total, order.credited, order.captured, order.refunded]
    tail = [*(to_major(amount, order.currency) for amount in sums), order.currency]
    for line in order.lines.all():
        yield [*head, *_line(line, order.currency), *tail]


def _line(line: OrderLine, currency: str) -> list[object]:
    sums = [to_major(amount, currency) for amount in (line.net, line.tax, line.gross)]
    price, rate = line.unit_price.normalize(), line.tax_rate.normalize()
    counts = [line.quantity, line.cancelled, line.shipped]
    return [line.sku, line.name, *counts, f"{price:f}", f"{rate:f}", *sums]


def _moment(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(sep=" ", timespec="seconds") if moment else ""
