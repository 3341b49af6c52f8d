"""The catalogue and the shelves as CSV files. Products are written as `imports` reads them."""

from typing import Any

from django.db.models import F, Prefetch, Sum
from django.db.models.functions import Coalesce
from django.utils.html import escape

from apps.batches.models import Batch
from apps.batches.operations import ExportPage
from apps.catalog.models import Product, Variant
from apps.inventory import queries

PRODUCTS_AT_ONCE = 200
LEVELS_AT_ONCE = 1000

PRODUCT_COLUMNS = [
    "Handle",
    "Title",
    "Body (HTML)",
    "Published",
    "Status",
    "Option1 Value",
    "Variant SKU",
    "Variant Price",
    "Variant Barcode",
    "Variant Grams",
    "Variant Inventory Tracker",
    "Variant Inventory Policy",
    "Variant Inventory Qty",
]
STOCK_COLUMNS = ["SKU", "Product", "Location", "On hand", "Reserved", "Available"]


def product_header(batch: Batch) -> list[str]:
    return PRODUCT_COLUMNS


def product_rows(batch: Batch, after: Any) -> ExportPage:
    """A row a variant; what is the product's stands on its first."""
    on_hand = Coalesce(Sum("levels__on_hand"), 0)
    variants = Prefetch("variants", Variant.objects.order_by("pk").annotate(units=on_hand))
    found = batch.organization.products.filter(pk__gt=after or 0).order_by("pk")
    products = list(found.prefetch_related(variants)[:PRODUCTS_AT_ONCE])
    rows = [row for product in products for row in _variant_rows(product)]
    return ExportPage(rows, products[-1].pk if len(products) == PRODUCTS_AT_ONCE else None)


def stock_header(batch: Batch) -> list[str]:
    return STOCK_COLUMNS


def stock_rows(batch: Batch, after: Any) -> ExportPage:
    levels = queries.stock_levels(batch.organization).order_by("pk").filter(pk__gt=after or 0)
    found = list(
        levels.values_list(
            "variant__sku",
            "variant__product__name",
            "location__name",
            "on_hand",
            "reserved",
            F("on_hand") - F("reserved"),
            "pk",
        )[:LEVELS_AT_ONCE]
    )
    rows = [level[:-1] for level in found]
    return ExportPage(rows, found[-1][-1] if len(found) == LEVELS_AT_ONCE else None)


def _variant_rows(product: Product) -> list[list[object]]:
    active = product.status == Product.Status.ACTIVE
    about = [product.name, _as_html(product.description), str(active).lower(), product.status]
    rows: list[list[object]] = []
    for variant in product.variants.all():
        rows.append([product.handle, *about, *_offer(variant)])
        about = [""] * len(about)
    return rows


def _offer(variant: Variant) -> list[object]:
    return [
        variant.name,
        variant.sku,
        f"{variant.price.normalize():f}",
        variant.barcode,
        "" if variant.weight_g is None else variant.weight_g,
        "dozen" if variant.track_stock else "",
        "continue" if variant.allow_backorder else "deny",
        variant.units,  # type: ignore[attr-defined] # annotated above
    ]


def _as_html(text: str) -> str:
    # The column is HTML: what looks like it is written so that it comes back as text.
    return escape(text) if "<" in text or "&" in text else text
