"""What the pages of an import call the columns, the counts and the choices of an order file."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.batches.tables import ImportField, ImportOption
from apps.orders.imports.dates import DAYS
from apps.orders.imports.reading import COLUMNS, REQUIRED

_LABELS = {
    "number": _("Order number"),
    "sku": _("SKU"),
    "name": _("Description"),
    "quantity": _("Quantity"),
    "date": _("Order date"),
    "price": _("Unit price"),
    "customer": _("Customer number"),
    "customer_name": _("Customer name"),
    "email": _("Email"),
    "country": _("Country"),
}
# What Shopify and WooCommerce call them, behind the names that the command knows.
_MORE_NAMES = {
    "sku": ["Lineitem SKU"],
    "name": ["Lineitem name", "Item name"],
    "quantity": ["Lineitem quantity"],
    "price": ["Lineitem price", "Item cost"],
    "customer_name": ["Billing name"],
    "country": ["Shipping country", "Billing country"],
}

FIELDS = {
    name: ImportField(label, [*COLUMNS[name], *_MORE_NAMES.get(name, [])], name in REQUIRED)
    for name, label in _LABELS.items()
}

COUNTS = {
    "orders_placed": _("Orders placed"),
    "lines_placed": _("Lines placed"),
    "orders_already_there": _("Orders already there"),
}


def options(organization: Organization) -> list[ImportOption]:
    """Offer the ways to write a day, for a file whose own days leave it open."""
    ways = [(one, example) for one, example in DAYS.items()]
    choices: list[tuple[str, str | Promise]] = [("", _("As fits the file")), *ways]
    return [ImportOption("date_format", _("How dates are written"), choices)]
