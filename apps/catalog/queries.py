from collections.abc import Iterable
from decimal import Decimal
from functools import reduce
from operator import and_
from typing import NamedTuple

from django.db.models import (
    FETCH_RAISE,
    Count,
    Exists,
    F,
    Max,
    Min,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Sum,
)

from apps.accounts.models import Organization
from apps.catalog.models import Product, TaxClass, Variant
from apps.core.plans import planned_for_its_values
from apps.events.models import Event

PAGE = 50
# Stock is the app above; its relation to a variant can be asked for all the same.
AVAILABLE = Sum(
    F("levels__on_hand") - F("levels__reserved"), filter=Q(levels__location__active=True)
)


class Filters(NamedTuple):
    """Which products a list shows; empty: all. `stock` is low or out, `image` is without."""

    search: str = ""
    status: str = ""
    tax_class: TaxClass | None = None
    stock: str = ""
    image: str = ""


class ProductRow(NamedTuple):
    """
    A product and what its row says of its variants that are on sale.

    `available` is None where no stock is counted or none was ever received.
    """

    product: Product
    variants: int
    sku: str
    lowest_price: Decimal | None
    highest_price: Decimal | None
    available: int | None


class ProductPage(NamedTuple):
    """One page of products; `next` names the one to go on after, empty on the last."""

    rows: list[ProductRow]
    next: str


def product_page(
    organization: Organization, filters: Filters, *, newest: bool = False, after: str = ""
) -> ProductPage:
    """Return products by name, or the newest first. Pages by key and counts nothing."""
    found = _matching(organization, filters).select_related("image", "organization")
    former = organization.products.filter(handle=after).first() if after else None
    if newest:
        found = found.filter(pk__lt=former.pk) if former else found
        found = found.order_by("-pk")
    else:
        found = found.filter(_behind(former)) if former else found
        found = found.order_by("name", "id")
    if filters.search:
        # Each way ends with the page: of a word that thousands have, nobody needs them all.
        ways = [found.filter(way).values("pk")[: PAGE + 1] for way in _named(organization, filters)]
        found = found.filter(pk__in=ways[0].union(ways[1]))
    with planned_for_its_values():
        products = list(found.fetch_mode(FETCH_RAISE)[: PAGE + 1])
    shown = products[:PAGE]
    return ProductPage(_rows(shown), shown[-1].handle if len(products) > PAGE else "")


def product_named_by(page: ProductPage, code: str) -> Product | None:
    """Return the product of a page that is alone on it and has this SKU or barcode: a scan."""
    if len(page.rows) != 1 or not code:
        return None
    [row] = page.rows
    named = row.product.variants.filter(Q(barcode=code) | Q(sku__iexact=code))
    return row.product if named.exists() else None


def tax_classes(organization: Organization) -> list[TaxClass]:
    """Return the tax classes by name, each with the number of its `products`."""
    uses = dict(organization.products.order_by().values_list("tax_class").annotate(Count("pk")))
    found = list(organization.tax_classes.order_by("name"))
    for one in found:
        one.products = uses.get(one.pk, 0)
    return found


def last_change(product: Product) -> Event | None:
    """Return what made a product's version, with who it was; nothing where an import did."""
    found = Event.objects.filter(
        aggregate_type="product", aggregate_id=product.pk, sequence=product.version
    )
    return found.select_related("actor").first()


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
        organization.variants.filter(product__status=Product.Status.ACTIVE, archived=False)
        .select_related("product__tax_class", "product__image")
        .order_by("product__name", "name", "sku")
    )


def low_variants(organization: Organization, *, at_most: int) -> QuerySet[Variant, int]:
    """Return the ids of variants of which no more than this can be promised. Never in stock: no."""
    counted = organization.variants.filter(track_stock=True, archived=False)
    left = counted.filter(levels__isnull=False).values("pk").annotate(left=AVAILABLE)
    return left.filter(left__lte=at_most).values_list("pk", flat=True)


def variants_named(organization: Organization, search: str) -> QuerySet[Variant, int]:
    """Return the ids of variants by the words of the product's name, or by SKU or barcode."""
    products = _called(organization, search)
    by_name = organization.variants.order_by().filter(product__in=products)
    by_code = _coded(organization, search)
    return by_name.values_list("pk", flat=True).union(by_code.values_list("pk", flat=True))


def ways_to_name_a_variant(organization: Organization, search: str) -> list[Q]:
    """Return what `variants_named` looks for, each way apart: for a list that needs a few only."""
    by_name = (Q(product__name__icontains=word) for word in search.split()[:8])
    named = reduce(and_, by_name, Q(product__organization=organization))
    return [named, Q(sku__icontains=search) | Q(barcode=search)]


def matching_variants(organization: Organization, search: str, *, at_most: int) -> list[Variant]:
    """Sellable variants of which every word stands in the name, the SKU or the barcode."""
    words = search.split()[:8]
    if not words:
        return list(sellable_variants(organization)[:at_most])
    found = sellable_variants(organization)
    for word in words:
        found = found.filter(_says(word))
    # Each way has an index for the longest word, and the order of names where too many have it.
    ways = [found.filter(way).values("pk")[:at_most] for way in _ways(organization, words)]
    shown = sellable_variants(organization).filter(pk__in=ways[0].union(*ways[1:]))
    with planned_for_its_values():
        return list(shown[:at_most])


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


def _matching(organization: Organization, filters: Filters) -> QuerySet[Product]:
    found = organization.products.all()
    if filters.status:
        found = found.filter(status=filters.status)
    if filters.tax_class:
        found = found.filter(tax_class=filters.tax_class)
    if filters.stock:
        at_most = organization.low_stock_at if filters.stock == "low" else 0
        low = low_variants(organization, at_most=at_most)
        found = found.filter(pk__in=organization.variants.filter(pk__in=low).values("product"))
    if filters.image:
        found = found.filter(image=None)
    return found


def _named(organization: Organization, filters: Filters) -> list[Q]:
    # A union, not an OR: each half has an index, and PostgreSQL has none for both.
    coded = _coded(organization, filters.search).filter(product=OuterRef("pk"))
    return [_worded(filters.search), Q(Exists(coded))]


def _called(organization: Organization, search: str) -> QuerySet[Product]:
    return organization.products.order_by().filter(_worded(search))


def _worded(search: str) -> Q:
    words = (Q(name__icontains=word) for word in search.split()[:8])
    return reduce(and_, words, Q())


def _coded(organization: Organization, search: str) -> QuerySet[Variant]:
    found = organization.variants.order_by()
    return found.filter(Q(sku__icontains=search) | Q(barcode=search))


def _says(word: str) -> Q:
    by_name = Q(product__name__icontains=word) | Q(name__icontains=word)
    return by_name | Q(sku__icontains=word) | Q(barcode=word)


def _ways(organization: Organization, words: list[str]) -> list[Q]:
    word = max(words, key=len)
    return [
        Q(product__organization=organization, product__name__icontains=word),
        ~Q(name="") & Q(name__icontains=word),
        Q(sku__icontains=word),
        ~Q(barcode="") & Q(barcode=word),
    ]


def _behind(former: Product) -> Q:
    # Not "later or (as late and ...)": where an index is to begin, nothing says OR.
    return Q(name__gte=former.name) & ~Q(name=former.name, pk__lte=former.pk)


def _rows(products: list[Product]) -> list[ProductRow]:
    # Prices and stock in a statement each: together, every level would count its variant again.
    on_sale = Variant.objects.filter(product__in=products, archived=False).order_by()
    facts = on_sale.values_list("product").annotate(
        Count("pk"), Min("sku"), Min("price"), Max("price")
    )
    known = {row[0]: row[1:] for row in facts}
    counted = on_sale.filter(track_stock=True).values_list("product")
    available = dict(counted.annotate(available=AVAILABLE))
    rows = ((one, known.get(one.pk, (0, "", None, None))) for one in products)
    return [
        ProductRow(one, count, sku, lowest, highest, available.get(one.pk))
        for one, (count, sku, lowest, highest) in rows
    ]
