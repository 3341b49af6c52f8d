"""
An import of products taken back, as far as that is safe.

A value is put back where it still is what the import wrote. A product that the import made is
archived, unless it was ordered since: nothing that stands on an order is ever deleted.
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from django.db.models import F, Q
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.batches.models import Batch, BatchChange
from apps.batches.tables import Skip, Step
from apps.catalog.imports.stepping import plain
from apps.catalog.models import Product, Variant

AT_ONCE = 200

# Returns which of these products were ordered. Orders belong to an app above this one.
Ordered = Callable[[Organization, Iterable[int]], set[int]]


def undo_step(batch: Batch, ordered: Ordered) -> Step:
    """Take back some of the changes of the batch in `params`, the last one first."""
    changes = BatchChange.objects.filter(
        organization=batch.organization, batch_id=batch.params["batch"]
    )
    if "before" in batch.cursor:
        changes = changes.filter(pk__lt=batch.cursor["before"])
    found = list(changes.order_by("-pk")[:AT_ONCE])
    undoing = _Undoing(batch, found, ordered)
    for change in found:
        undoing.take_back(change)
    return Step(
        cursor={"before": found[-1].pk} if found else batch.cursor,
        done=len(found),
        skips=undoing.skips,
        finished=len(found) < AT_ONCE,
        report=undoing.report,
    )


class _Undoing:
    def __init__(self, batch: Batch, changes: Sequence[BatchChange], ordered: Ordered) -> None:
        self.done = batch.done
        self.skips: list[Skip] = []
        self.report: dict[str, int] = {}
        shop = batch.organization
        products = shop.products.filter(pk__in=_ids(changes, "product")).order_by("pk")
        variants = shop.variants.filter(pk__in=_ids(changes, "variant")).order_by("pk")
        # As when a form is saved: whoever has one of them open is told.
        concerned = Q(pk__in=products.values("pk")) | Q(variants__in=variants.values("pk"))
        shop.products.filter(concerned).update(version=F("version") + 1)
        self.products = {one.pk: one for one in products.select_for_update(no_key=True)}
        self.variants = {one.pk: one for one in variants.select_for_update(no_key=True)}
        self.ordered = ordered(shop, self.products)

    def take_back(self, change: BatchChange) -> None:
        self.done += 1
        if change.row_type == "product":
            row: Product | Variant | None = self.products.get(change.row_id or 0)
        else:
            row = self.variants.get(change.row_id or 0)
        if row is None:
            self.leave(change, _("is gone"))
        elif not change.created:
            self.restore(change, row)
        elif isinstance(row, Product):
            self.archive(change, row)

    def archive(self, change: BatchChange, product: Product) -> None:
        if product.pk in self.ordered:
            self.leave(change, _("was ordered since: it stays"))
        elif product.status != Product.Status.ARCHIVED:
            product.status = Product.Status.ARCHIVED
            product.save(update_fields=["status"])
            self.count("products_archived")

    def restore(self, change: BatchChange, row: Product | Variant) -> None:
        back = [name for name, after in change.after.items() if plain(getattr(row, name)) == after]
        for name in back:
            before = change.before[name]
            setattr(row, name, Decimal(before) if name == "price" else before)
        if back:
            row.save(update_fields=back)
            self.count("rows_restored")
        if len(back) < len(change.after):
            self.leave(change, _("was changed again since: that stays"))

    def leave(self, change: BatchChange, reason: str) -> None:
        self.skips.append(Skip(self.done, change.reference, reason))

    def count(self, word: str) -> None:
        self.report[word] = self.report.get(word, 0) + 1


def _ids(changes: Sequence[BatchChange], row_type: str) -> list[int]:
    return [one.row_id for one in changes if one.row_type == row_type and one.row_id]
