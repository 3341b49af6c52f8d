"""From sheets to the database, in as many statements for a thousand rows as for one."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import models, reset_queries, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.catalog.imports.cells import VARIANT_FACTS, insist_on_name
from apps.catalog.imports.reading import Facts, Offer, ProductReport, Sheet
from apps.catalog.models import Product, TaxClass, Variant
from apps.core.csv_files import BadRow, Refusing

# Books what new variants start with. Stock belongs to an app above this one.
OpenStock = Callable[[Organization, Sequence[tuple[Variant, int]]], None]

UPDATED = {
    "handle": ["name", "description", "status"],
    "sku": [attribute for attribute, _ in VARIANT_FACTS.values()],
}


@dataclass
class Writer:
    organization: Organization
    refused: Refusing
    open_stock: OpenStock
    tax_class: TaxClass | None
    report: ProductReport
    # Products whose facts were taken: a handle that comes back later only adds variants.
    seen: set[str] = field(default_factory=set)
    # Is told of every row that is made or changed, with the values before.
    note: Callable[[Product | Variant, Facts], None] = lambda row, before: None
    # Of the products at hand, those that were changed, and those that were made.
    touched: set[int] = field(default_factory=set, init=False)
    fresh: set[int] = field(default_factory=set, init=False)

    @transaction.atomic
    def save(self, sheets: Sequence[Sheet]) -> None:
        # One import of an organization at a time, or two would both open a variant's stock.
        # Orders only need the row's key, so they do not wait.
        Organization.objects.select_for_update(no_key=True).get(pk=self.organization.pk)
        sheets = [*self.without_strangers(sheets)]
        products = self.save_products(sheets)
        skus = [offer.sku for sheet in sheets for offer in sheet.offers]
        known = {one.sku: one for one in self.organization.variants.filter(sku__in=skus)}
        changed: list[Variant] = []
        opening: list[tuple[Variant, int]] = []
        for sheet in sheets:
            for variant, offer in self.variants(sheet, products.get(sheet.handle), known):
                what = self.change(variant, offer.facts)
                if what != "unchanged":
                    changed.append(variant)
                if what == "created" and offer.stock:
                    opening.append((variant, offer.stock))
                    self.report.units_counted_in += offer.stock
        # Whoever has a product open writes over none of it unseen.
        former = self.touched | {one.product_id for one in changed} - self.fresh
        self.organization.products.filter(pk__in=former).update(version=F("version") + 1)
        _upsert(Variant.objects, changed, "sku")
        self.open_stock(self.organization, opening)
        reset_queries()  # With DEBUG on, Django keeps every statement.

    def without_strangers(self, sheets: Sequence[Sheet]) -> Iterator[Sheet]:
        """
        Refuse what only happens to come to the handle of another product of ours.

        One that was renamed at the desk is told by its SKUs.
        """
        new = [one for one in sheets if one.is_named and one.handle not in self.seen]
        found = self.organization.products.filter(handle__in={one.handle for one in new})
        names = dict(found.values_list("handle", "name")) if new else {}
        skus = [offer.sku for sheet in new if sheet.handle in names for offer in sheet.offers]
        variants = self.organization.variants.filter(sku__in=skus)
        ours = set(variants.values_list("product__handle", flat=True)) if skus else set()
        for sheet in sheets:
            if sheet.handle not in names or sheet.handle in ours:
                yield sheet
            elif offers := [one for one in sheet.offers if self.has_name(one, names[sheet.handle])]:
                yield sheet._replace(offers=offers)

    def has_name(self, offer: Offer, name: str) -> bool:
        try:
            insist_on_name(offer.row, name)
        except BadRow as reason:
            self.refused.add(offer.row, reason)
            return False
        return True

    def save_products(self, sheets: Iterable[Sheet]) -> dict[str, Product]:
        handles = [sheet.handle for sheet in sheets]
        found = {one.handle: one for one in self.organization.products.filter(handle__in=handles)}
        changed: list[Product] = []
        for sheet in sheets:
            if sheet.handle not in found:
                if sheet.untitled or not sheet.offers:
                    continue
                found[sheet.handle] = self.new_product(sheet.handle)
            if sheet.handle not in self.seen:
                self.seen.add(sheet.handle)
                what = self.change(found[sheet.handle], sheet.facts)
                if what != "unchanged":
                    changed.append(found[sheet.handle])
        self.touched = {one.pk for one in changed if one.pk}
        fresh = [one for one in changed if not one.pk]
        _upsert(Product.objects, changed, "handle")
        self.fresh = {one.pk for one in fresh}
        return found

    def change(self, row: Product | Variant, facts: Facts) -> str:
        differing = {name: value for name, value in facts.items() if getattr(row, name) != value}
        before = {name: getattr(row, name) for name in differing}
        for name, value in differing.items():
            setattr(row, name, value)
        what = "created" if row.pk is None else "updated" if differing else "unchanged"
        self.report.count(row, what)
        if what != "unchanged":
            self.note(row, before)
        return what

    def new_product(self, handle: str) -> Product:
        return Product(organization=self.organization, handle=handle, tax_class=self.tax_class)

    def variants(
        self, sheet: Sheet, product: Product | None, known: dict[str, Variant]
    ) -> Iterator[tuple[Variant, Offer]]:
        for offer in sheet.offers:
            variant = known.get(offer.sku)
            if product is None:
                self.refused.add(offer.row, sheet.untitled or BadRow(_("has no product")))
            elif variant is None:
                yield Variant(product=product, sku=offer.sku, organization=self.organization), offer
            elif variant.product_id != product.pk:
                self.refused.add(offer.row, offer.row.bad("sku", _("belongs to another product")))
            else:
                yield variant, offer


def _upsert[R: models.Model](table: models.Manager[R], rows: Sequence[R], key: str) -> None:
    # What somebody adds by hand in this moment is updated instead of being in the way.
    table.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["organization", key],
        update_fields=UPDATED[key],
    )
