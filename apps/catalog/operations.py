"""What can be done to the catalogue. A product is saved together with its variants."""

import secrets
from collections.abc import Container, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.catalog.models import Product, TaxClass, Variant
from apps.core.errors import InvalidInput, Refusal
from apps.files import operations as files
from apps.files.models import StoredFile

# The word that stands where a handle does in our paths.
TAKEN_HANDLES = frozenset({"new"})


class SkuTaken(Refusal):
    def __init__(self, sku: str) -> None:
        super().__init__(
            _("The SKU %(sku)s belongs to another variant.") % {"sku": sku}, field="sku"
        )
        self.sku = sku


class NothingToSell(InvalidInput):
    pass


class VariantGone(Refusal):
    pass


class TaxClassTaken(Refusal):
    pass


class ProductFacts(NamedTuple):
    name: str
    description: str = ""
    status: Product.Status = Product.Status.ACTIVE
    tax_class: TaxClass | None = None


class VariantFacts(NamedTuple):
    """What is to be written of one variant. Without an id it is a new one."""

    sku: str
    # In the organization's currency, major unit.
    price: Decimal
    name: str = ""
    barcode: str = ""
    track_stock: bool = True
    allow_backorder: bool = False
    id: int | None = None


@transaction.atomic
def create_product(
    *, organization: Organization, facts: ProductFacts, variants: Sequence[VariantFacts]
) -> Product:
    """
    Add a product under a handle made of its name.

    Raises NothingToSell without a variant, VariantGone for one that is another product's, SkuTaken
    when another variant has the SKU.
    """
    if not variants:
        raise NothingToSell(_("A product needs at least one variant: what is sold is its SKU."))
    _insist_on_known(variants, ())
    product = Product(
        organization=organization, handle=_free_handle(organization, facts.name), **facts._asdict()
    )
    product.save()
    for one in variants:
        _save_variant(Variant(organization=organization, product=product), one)
    return product


@transaction.atomic
def update_product(
    *, product: Product, facts: ProductFacts, variants: Sequence[VariantFacts]
) -> Product:
    """
    Change a product and the variants given; new ones are added, others stay as they are.

    Raises SkuTaken, or VariantGone when one of them is not this product's.
    """
    product = Product.objects.select_for_update(of=("self",)).get(pk=product.pk)
    for field, value in facts._asdict().items():
        setattr(product, field, value)
    product.save(update_fields=list(facts._fields))
    known = {variant.pk: variant for variant in product.variants.all()}
    _insist_on_known(variants, known)
    for one in variants:
        new = Variant(organization_id=product.organization_id, product=product)
        _save_variant(new if one.id is None else known[one.id], one)
    return product


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
        raise TaxClassTaken(
            _("There is a tax class %(name)s already.") % {"name": name}, field="name"
        )
    return tax_class


def _insist_on_known(variants: Sequence[VariantFacts], known: Container[int]) -> None:
    """Whoever sends the id of another row would write over it, whoever it belongs to."""
    for one in variants:
        if one.id is not None and one.id not in known:
            raise VariantGone(_("The variant %(sku)s is gone. Reload the page.") % {"sku": one.sku})


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


def _free_handle(organization: Organization, name: str) -> str:
    stem = slugify(name)[:100] or "product"
    handle = stem
    while handle in TAKEN_HANDLES or organization.products.filter(handle=handle).exists():
        handle = f"{stem}-{secrets.token_hex(2)}"
    return handle
