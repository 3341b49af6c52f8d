"""Every kind of long work, in one table. The names are stored with each batch: do not rename."""

from django.utils.translation import gettext_lazy as _

from apps.batches.operations import export_kind
from apps.batches.tables import BatchKind
from apps.customers import exports as customers
from apps.inventory import exports as inventory
from apps.orders import exports as orders

BATCHES: dict[str, BatchKind] = {
    "product-export": export_kind(
        _("Export of products"),
        header=inventory.product_header,
        rows=inventory.product_rows,
        name="products",
    ),
    "stock-export": export_kind(
        _("Export of stock"),
        header=inventory.stock_header,
        rows=inventory.stock_rows,
        name="stock",
    ),
    "order-line-export": export_kind(
        _("Export of orders with their lines"),
        header=orders.line_header,
        rows=orders.line_rows,
        name="orders",
    ),
    "customer-export": export_kind(
        _("Export of customers"),
        header=customers.customer_header,
        rows=customers.customer_rows,
        name="customers",
    ),
}

# What the page "Imports and exports" offers, in this order.
EXPORTS = ["product-export", "stock-export", "order-line-export", "customer-export"]
