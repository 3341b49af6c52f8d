from collections.abc import Iterable

from django.db.models import Count, Max, Min, Prefetch, Q, QuerySet

from apps.accounts.models import Organization
from apps.catalog.models import Product, Variant


def products(organization: Organization, *, search: str = "") -> QuerySet[Product]:
    """Products with what their row shows, by name."""
    found = organization.products.select_related("image").annotate(
        variant_count=Count("variants"),
        lowest_price=Min("variants__price"),
        highest_price=Max("variants__price"),
    )
    if search:
        matching = organization.variants.filter(sku__icontains=search).values("product")
        found = found.filter(name__icontains=search) | found.filter(pk__in=matching)
    return found.order_by("name", "id")


def products_with_variants(organization: Organization) -> QuerySet[Product]:
    """Products and all their variants, by id, in two statements."""
    variants = Prefetch("variants", queryset=Variant.objects.order_by("sku"))
    return organization.products.prefetch_related(variants).order_by("id")


def sellable_variants(organization: Organization) -> QuerySet[Variant]:
    """Variants that may be put on an order, with all that a line copies from them."""
    return (
        organization.variants.filter(product__status=Product.Status.ACTIVE)
        .select_related("product__tax_class")
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


def variants_by_sku(organization: Organization, skus: Iterable[str]) -> dict[str, Variant]:
    """Return the sellable variants of these SKUs, by SKU. Unknown ones are absent."""
    found = sellable_variants(organization).filter(sku__in=set(skus)).order_by()
    return {variant.sku: variant for variant in found}
