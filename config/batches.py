"""Every kind of long work, in one table. The names are stored with each batch: do not rename."""

from django.utils.translation import gettext_lazy as _

from apps.batches.operations import export_kind, fetch_piece
from apps.batches.tables import BatchKind, ImportKind
from apps.catalog import imports as catalog
from apps.customers import exports as customers
from apps.inventory import exports as inventory
from apps.inventory import imports as products
from apps.orders import documents as lists
from apps.orders import exports, imports
from apps.orders.imports import stepping as orders
from apps.orders.imports.undoing import undo_products_step
from apps.orders.operations import together_step

BATCHES: dict[str, BatchKind] = {
    "product-check": BatchKind(
        _("Check of a product file"),
        products.check_step,
        fetch=fetch_piece,
        mail=False,
        counts=catalog.CHECK_COUNTS,
    ),
    "product-import": BatchKind(
        _("Import of products"),
        products.import_step,
        fetch=fetch_piece,
        alone=True,
        counts=catalog.COUNTS,
        undo="product-undo",
    ),
    "product-undo": BatchKind(
        _("Undoing of an import of products"),
        undo_products_step,
        alone=True,
        counts=catalog.UNDO_COUNTS,
    ),
    "order-check": BatchKind(
        _("Check of an order file"),
        orders.check_step,
        fetch=fetch_piece,
        mail=False,
        counts=imports.COUNTS,
    ),
    "order-import": BatchKind(
        _("Import of orders"),
        orders.import_step,
        fetch=fetch_piece,
        alone=True,
        counts=imports.COUNTS,
    ),
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
        header=exports.line_header,
        rows=exports.line_rows,
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
IMPORTS: dict[str, ImportKind] = {
    "products": ImportKind(
        _("Products"),
        _("Products, variants, prices and opening stock, as Shopify exports them or as you like."),
        fields=catalog.FIELDS,
        check="product-check",
        run="product-import",
        options=catalog.options,
    ),
    "orders": ImportKind(
        _("Orders"),
        _("Orders from elsewhere, a row a line. Nobody is written to; what you sell is reserved."),
        fields=imports.FIELDS,
        check="order-check",
        run="order-import",
        options=imports.options,
    ),
}
EXPORTS = ["product-export", "stock-export", "order-line-export", "customer-export"]
