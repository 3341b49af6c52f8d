from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Count, F, Max, Min, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum

from apps.accounts.models import Organization
from apps.catalog.models import Product, Variant

PAGE = 50
# Stock is the app above; its relation to a variant can be asked for all the same.
AVAILABLE = Sum(
    F("levels__on_hand") - F("levels__reserved"), filter=Q(levels__location__active=True)
)


class ProductPage(NamedTuple):
    """One page of products; `next` names the one to go on after, empty on the last."""

    products: list[Product]
    next: str


def product_page(organization: Organization, *, search: str = "", after: str = "") -> ProductPage:
    """Return products by name with what their row shows. Pages by key and counts nothing."""
    found = products(organization, search=search)
    if after:
        former = organization.products.filter(handle=after).first()
        if former is not None:
            found = found.filter(Q(name__gt=former.name) | Q(name=former.name, pk__gt=former.pk))
    rows = list(found[: PAGE + 1])
    return ProductPage(rows[:PAGE], rows[PAGE - 1].handle if len(rows) > PAGE else "")


def products(organization: Organization, *, search: str = "") -> QuerySet[Product]:
    """Products with what their row shows, by name."""
    variants = Variant.objects.filter(product=OuterRef("pk")).order_by().values("product")
    found = organization.products.select_related("image").annotate(
        variant_count=Count("variants"),
        lowest_price=Min("variants__price"),
        highest_price=Max("variants__price"),
        available=Subquery(variants.annotate(sum=AVAILABLE).values("sum")),
    )
    if search:
        matching = organization.variants.filter(sku__icontains=search).values("product")
        found = found.filter(Q(name__icontains=search) | Q(pk__in=matching))
    return found.order_by("name", "id")


def stock_by_variant(product: Product) -> dict[int, int | None]:
    """Return what can be promised of each variant, by its id; nothing where none is kept."""
    return dict(product.variants.annotate(available=AVAILABLE).values_list("pk", "available"))


def products_with_variants(organization: Organization) -> QuerySet[Product]:
    """Products and all their variants, by id, in two statements."""
    variants = Prefetch("variants", queryset=Variant.objects.order_by("sku"))
    return organization.products.prefetch_related(variants).order_by("id")


def sellable_variants(organization: Organization) -> QuerySet[Variant]:
    """Variants that may be put on an order, with all that a line copies from them."""
    return (
        organization.variants.filter(product__status=Product.Status.ACTIVE)
        .select_related("product__tax_class", "product__image")
        .order_by("product__name", "name", "sku")
    )


def matching_variants(organization: Organization, search: str) -> QuerySet[Variant]:
    """Sellable variants of which every word stands in the name, the SKU or the barcode."""
    found = sellable_variants(organization)
    for word in search.split()[:8]:
        found = found.filter(
            Q(product__name__icontains=word)
            | Q(name__icontains=word)
            | Q(sku__icontains=word)
            | Q(barcode=word)
        )
    return found


def variants_of_code(organization: Organization, code: str) -> list[Variant]:
    """Return the sellable variants that bear exactly this SKU, or else this barcode."""
    found = sellable_variants(organization)
    return list(found.filter(sku__in={code, code.upper()})[:2]) or list(
        found.filter(barcode=code).exclude(barcode="")[:2]
    )


def variants_by_sku(organization: Organization, skus: Iterable[str]) -> dict[str, Variant]:
    """Return the sellable variants of these SKUs, by SKU. Unknown ones are absent."""
    # PostgreSQL stores no NUL, so nothing is called by a name that has one.
    storable = {sku for sku in skus if "\x00" not in sku}
    found = sellable_variants(organization).filter(sku__in=storable).order_by()
    return {variant.sku: variant for variant in found}
