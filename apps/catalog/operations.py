"""What can be done to the catalogue. A product is saved together with its variants."""

import secrets
from collections.abc import Collection, Container, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.catalog.models import Product, TaxClass, Variant
from apps.core.errors import InvalidInput, Refusal
from apps.events import operations as events
from apps.files import operations as files
from apps.files.models import StoredFile

# The word that stands where a handle does in our paths.
TAKEN_HANDLES = frozenset({"new", "statuses"})


class SkuTaken(Refusal):
    def __init__(self, sku: str) -> None:
        super().__init__(
            _("The SKU %(sku)s belongs to another variant.") % {"sku": sku}, field="sku"
        )
        self.sku = sku


class VariantUsed(Refusal):
    def __init__(self, sku: str) -> None:
        super().__init__(
            _("Orders or stock movements name %(sku)s, so it stays. Take it off sale instead.")
            % {"sku": sku}
        )
        self.sku = sku


class StaleProduct(Refusal):
    """Somebody changed the product since whoever asks has read it."""


class NothingToSell(InvalidInput):
    def __init__(self) -> None:
        super().__init__(_("A product needs at least one variant: what is sold is its SKU."))


class VariantGone(Refusal):
    pass


class TaxClassTaken(Refusal):
    pass


class ProductFacts(NamedTuple):
    name: str
    description: str = ""
    status: Product.Status = Product.Status.ACTIVE
    tax_class: TaxClass | None = None
    image_alt: str = ""


class VariantFacts(NamedTuple):
    """What is to be written of one variant. Without an id it is a new one."""

    sku: str
    # In the organization's currency, major unit.
    price: Decimal
    name: str = ""
    barcode: str = ""
    track_stock: bool = True
    allow_backorder: bool = False
    weight_g: int | None = None
    archived: bool = False
    id: int | None = None


def skus_refused(
    *, organization: Organization, product: Product | None, skus: Collection[str]
) -> list[Refusal]:
    """Return what the SKUs of all its variants would be refused for, before the rest is right."""
    others = organization.variants.filter(sku__in=skus).exclude(product=product)
    taken = set(others.values_list("sku", flat=True))
    refused: list[Refusal] = [] if skus else [NothingToSell()]
    for sku in filter(None, skus):
        if sku in taken:
            refused.append(SkuTaken(sku))
        taken.add(sku)
    return refused


@transaction.atomic
def create_product(
    *,
    organization: Organization,
    facts: ProductFacts,
    variants: Sequence[VariantFacts],
    saved_by: User | None = None,
) -> Product:
    """
    Add a product under a handle made of its name.

    Raises NothingToSell without a variant, VariantGone for one that is another product's, SkuTaken
    when another variant has the SKU.
    """
    _insist_on_some(variants)
    _insist_on_known(variants, ())
    product = Product(organization=organization, **facts._asdict())
    _save_under_free_handle(product)
    for one in variants:
        _save_variant(Variant(organization=organization, product=product), one)
    events.record(product, "product.created", actor=saved_by)
    return product


@transaction.atomic
def update_product(
    *,
    product: Product,
    facts: ProductFacts,
    variants: Sequence[VariantFacts],
    removed: Collection[int] = (),
    seen_version: int | None = None,
    saved_by: User | None = None,
) -> Product:
    """
    Change a product and the variants given; new ones are added, others stay as they are.

    `removed` are ids of variants to delete, which only those can be that nothing names.

    Raises StaleProduct when it is not at the version that was seen any more, SkuTaken, VariantUsed,
    NothingToSell, or VariantGone when one of them is not this product's.
    """
    product = Product.objects.select_for_update(of=("self",)).get(pk=product.pk)
    if seen_version not in {None, product.version}:
        raise StaleProduct(_("The product was changed since you opened it."))
    for field, value in facts._asdict().items():
        setattr(product, field, value)
    product.version += 1
    product.save(update_fields=[*facts._fields, "version"])
    known = {variant.pk: variant for variant in product.variants.all()}
    _insist_on_known(variants, known)
    for gone in removed:
        _remove_variant(known.get(gone))
    for one in variants:
        new = Variant(organization_id=product.organization_id, product=product)
        _save_variant(new if one.id is None else known[one.id], one)
    _insist_on_some(product.variants.all()[:1])
    events.record(product, "product.changed", actor=saved_by)
    return product


@transaction.atomic
def set_status(
    *, organization: Organization, handles: Collection[str], status: Product.Status, set_by: User
) -> list[Product]:
    """Archive products, sell them or make them drafts. Returns those that were something else."""
    found = organization.products.filter(handle__in=handles).exclude(status=status)
    products = list(found.order_by("pk").select_for_update(of=("self",)))
    organization.products.filter(pk__in=[one.pk for one in products]).update(
        status=status, version=F("version") + 1
    )
    for product in products:
        product.status, product.version = status, product.version + 1
        events.record(product, f"product.{status}", actor=set_by)
    return products


@transaction.atomic
def set_image(*, product: Product, file: StoredFile, set_by: User) -> Product:
    """Make an upload the product's image: shown as soon as the worker has looked at its bytes."""
    product.image = files.finish_upload(file=file, uploaded_by=set_by)
    product.save(update_fields=["image"])
    return product


@transaction.atomic
def remove_image(*, product: Product) -> Product:
    """Show the product without an image."""
    product.image = None
    product.save(update_fields=["image"])
    return product


@transaction.atomic
def add_tax_class(*, organization: Organization, name: str, rate: Decimal) -> TaxClass:
    """Add a tax rate in percent. Raises TaxClassTaken when there is one of that name."""
    tax_class, is_new = TaxClass.objects.get_or_create(
        organization=organization, name=name, defaults={"rate": rate}
    )
    if not is_new:
        raise _tax_class_taken(name)
    return tax_class


def set_tax_class(*, tax_class: TaxClass, name: str, rate: Decimal) -> TaxClass:
    """Give a tax class another name or rate, for orders yet to come. Raises TaxClassTaken."""
    try:
        with transaction.atomic():
            TaxClass.objects.filter(pk=tax_class.pk).update(name=name, rate=rate)
    except IntegrityError as error:
        raise _tax_class_taken(name) from error
    tax_class.name, tax_class.rate = name, rate
    return tax_class


def _tax_class_taken(name: str) -> TaxClassTaken:
    return TaxClassTaken(_("There is a tax class %(name)s already.") % {"name": name}, field="name")


def _insist_on_known(variants: Sequence[VariantFacts], known: Container[int]) -> None:
    """Whoever sends the id of another row would write over it, whoever it belongs to."""
    for one in variants:
        if one.id is not None and one.id not in known:
            raise VariantGone(_("The variant %(sku)s is gone. Reload the page.") % {"sku": one.sku})


def _insist_on_some(variants: Collection[object]) -> None:
    if not variants:
        raise NothingToSell


def _remove_variant(variant: Variant | None) -> None:
    if variant is None:
        return  # Somebody else removed it.
    # Whoever puts it on an order holds a key to this row: they come before, or find it gone.
    list(Variant.objects.select_for_update().filter(pk=variant.pk))
    if variant.levels.filter(movements__isnull=False).exists():
        raise VariantUsed(variant.sku)
    try:
        variant.delete()
    except ProtectedError as error:
        raise VariantUsed(variant.sku) from error


def _save_variant(variant: Variant, facts: VariantFacts) -> None:
    for field, value in facts._asdict().items():
        setattr(variant, field, value)
    try:
        # A savepoint: the refusal must leave a transaction that can still be read from.
        with transaction.atomic():
            variant.save()
    except IntegrityError as error:
        if "sku_once" in str(error):
            raise SkuTaken(facts.sku) from error
        raise


def _save_under_free_handle(product: Product) -> None:
    stem = slugify(product.name)[:100] or "product"
    product.handle = stem
    while product.handle in TAKEN_HANDLES or not _save_unless_taken(product):
        product.handle = f"{stem}-{secrets.token_hex(2)}"


def _save_unless_taken(product: Product) -> bool:
    """Save the product, and say so, unless another one has its handle."""
    if product.organization.products.filter(handle=product.handle).exists():
        return False
    try:
        with transaction.atomic():
            product.save()
    except IntegrityError as error:
        if "product_handle_once" not in str(error):
            raise
        return False  # Somebody took it since we looked.
    return True
