"""Every kind of long work, in one table. The names are stored with each batch: do not rename."""

from django.utils.translation import gettext_lazy as _

from apps.batches.operations import export_kind
from apps.batches.tables import BatchKind
from apps.customers import exports as customers
from apps.inventory import exports as inventory
from apps.orders import documents as lists
from apps.orders import exports as orders
from apps.orders.operations import together_step

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
    "order-list-export": export_kind(
        _("Export of a list of orders"),
        header=lists.list_header,
        rows=lists.list_rows,
        name="orders",
    ),
    "confirm-orders": BatchKind(_("Confirm orders"), together_step),
    "cancel-orders": BatchKind(_("Cancel orders"), together_step),
    "tag-orders": BatchKind(_("Add a tag to orders"), together_step),
    "untag-orders": BatchKind(_("Remove a tag from orders"), together_step),
    "assign-orders": BatchKind(_("Assign orders"), together_step),
}

# What the page "Imports and exports" offers, in this order.
EXPORTS = ["product-export", "stock-export", "order-line-export", "customer-export"]
