"""What the pages of an import call the columns, the counts and the choices of a product file."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.batches.tables import ImportField, ImportOption
from apps.catalog.imports.cells import COLUMNS

_LABELS = {
    "handle": _("Handle (name in links)"),
    "title": _("Title"),
    "body": _("Description"),
    "published": _("Published"),
    "status": _("Status"),
    "option1": _("Option 1"),
    "option2": _("Option 2"),
    "option3": _("Option 3"),
    "sku": _("SKU"),
    "price": _("Price"),
    "barcode": _("Barcode"),
    "grams": _("Weight in grams"),
    "tracker": _("Stock is tracked"),
    "policy": _("When sold out"),
    "stock": _("Opening stock"),
    "image": _("Picture (passed over)"),
}
# What newer Shopify, WooCommerce and people call them, behind the names that the command knows.
_MORE_NAMES = {
    "handle": ["URL handle", "Slug", "Product handle"],
    "title": ["Name", "Product name", "Product"],
    "body": ["Description", "Short description"],
    "published": ["Published on online store"],
    "option1": ["Option1", "Variant", "Attribute 1 value(s)"],
    "option2": ["Option2", "Attribute 2 value(s)"],
    "option3": ["Option3", "Attribute 3 value(s)"],
    "sku": ["SKU", "Item code", "Product code"],
    "price": ["Price", "Regular price", "Unit price"],
    "barcode": ["EAN", "GTIN", "GTIN, UPC, EAN, or ISBN"],
    "grams": ["Weight value (grams)", "Weight (g)", "Grams"],
    "tracker": ["Inventory tracker"],
    "policy": ["Continue selling when out of stock", "Inventory policy"],
    "stock": ["Inventory quantity", "Stock", "Quantity", "On hand"],
    "image": ["Product image URL", "Images"],
}
_REQUIRED = {"title", "price"}

FIELDS = {
    name: ImportField(label, [*COLUMNS[name], *_MORE_NAMES.get(name, [])], name in _REQUIRED)
    for name, label in _LABELS.items()
}

COUNTS = {
    "products_created": _("Products created"),
    "products_updated": _("Products changed"),
    "products_unchanged": _("Products unchanged"),
    "variants_created": _("Variants created"),
    "variants_updated": _("Variants changed"),
    "variants_unchanged": _("Variants unchanged"),
    "units_counted_in": _("Stock counted in"),
    "picture_rows_passed_over": _("Picture rows passed over"),
}

# The same of an import that was only tried.
CHECK_COUNTS = {
    **COUNTS,
    "products_created": _("Products to create"),
    "products_updated": _("Products to change"),
    "variants_created": _("Variants to create"),
    "variants_updated": _("Variants to change"),
    "units_counted_in": _("Stock to count in"),
    "picture_rows_passed_over": _("Picture rows to pass over"),
}

UNDO_COUNTS = {
    "products_archived": _("New products archived"),
    "rows_restored": _("Rows put back"),
}


def options(organization: Organization) -> list[ImportOption]:
    """Offer the tax classes new products may get: the file knows none of ours."""
    classes = [(str(one.pk), str(one)) for one in organization.tax_classes.order_by("name")]
    choices: list[tuple[str, str | Promise]] = [("", _("None")), *classes]
    return [ImportOption("tax_class", _("Tax class of new products"), choices)]
