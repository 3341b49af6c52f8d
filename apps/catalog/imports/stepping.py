"""
The same import in steps, for files that lie in the store.

What the whole file has to agree on is remembered between the steps: which line named a SKU, and
which products were taken. So the outcome is that of reading the file at once.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.batches import operations as batches
from apps.batches.models import Batch, BatchChange
from apps.batches.operations import Piece, Refused
from apps.batches.tables import Step
from apps.catalog.imports.cells import handle_of, insist_on_handle, sku_of
from apps.catalog.imports.reading import ROWS_AT_ONCE, Facts, Reader, Sheet
from apps.catalog.imports.writing import OpenStock, Writer
from apps.catalog.models import Product, Variant
from apps.core.csv_files import BadRow, Row
from apps.core.csv_pieces import Record

# Changes a dry run shows.
SHOWN = 60


def import_step(batch: Batch, open_stock: OpenStock) -> Step:
    """Create or update the products of one piece."""
    piece = batches.read_piece(batch, at_most=ROWS_AT_ONCE, whole=_whole_products)
    if piece is None:
        return Step(cursor=batches.more_of(batch))
    return _ImportStep(batch, open_stock, keep=1_000_000).take(piece)


def check_step(batch: Batch, open_stock: OpenStock) -> Step:
    """Find out what `import_step` would do, and change nothing."""
    piece = batches.read_piece(batch, at_most=ROWS_AT_ONCE, whole=_whole_products)
    if piece is None:
        return Step(cursor=batches.more_of(batch))
    there = batch.cursor.get("shown", 0)
    return _CheckStep(batch, open_stock, keep=max(0, SHOWN - there)).take(piece)


class _ImportStep:
    def __init__(self, batch: Batch, open_stock: OpenStock, *, keep: int) -> None:
        self.batch = batch
        self.refused = Refused()
        self.keep = keep
        self.noted: list[tuple[Product | Variant, bool, Facts]] = []
        self.reader = Reader(self.refused, frozenset(batch.params["mapping"]))
        self.writer = Writer(
            organization=batch.organization,
            refused=self.refused,
            open_stock=open_stock,
            tax_class=_tax_class(batch),
            report=self.reader.report,
            note=self.note,
        )

    def take(self, piece: Piece) -> Step:
        rows = [one.row for one in piece.records if not one.is_empty]
        former_skus = batches.recall(self.batch, "sku", _skus(rows))
        self.reader.line_of_sku.update(former_skus)
        handles = {handle_of(row) for row in rows}
        former_names = self.former_names(handles)
        self.reader.name_of_handle.update(former_names)
        self.writer.seen.update(batches.recall(self.batch, "handle", handles))
        former_handles = set(self.writer.seen)
        self.save([self.reader.sheet(*group) for group in self.reader.groups(rows)])
        new = {sku: line for sku, line in self.reader.line_of_sku.items() if sku not in former_skus}
        batches.remember(self.batch, "sku", new)
        names = self.reader.name_of_handle
        batches.remember(
            self.batch, "name", {one: names[one] for one in names.keys() - former_names.keys()}
        )
        batches.remember(self.batch, "handle", dict.fromkeys(self.writer.seen - former_handles, 1))
        changes = self.changes()
        shown = self.batch.cursor.get("shown", 0) + len(changes)
        return Step(
            cursor=batches.moved(self.batch, piece.place, shown=shown),
            done=piece.place.line - batches.place_of(self.batch).line,
            skips=self.refused.skips,
            finished=piece.is_last,
            report=batches.counts(self.reader.report),
            changes=changes,
        )

    def former_names(self, handles: set[str]) -> dict[str, str]:
        # A file with handles of its own has nothing to agree on.
        return {} if "handle" in self.reader.known else batches.recall(self.batch, "name", handles)

    def save(self, sheets: Sequence[Sheet]) -> None:
        self.writer.save(sheets)

    def note(self, row: Product | Variant, before: Facts) -> None:
        if len(self.noted) < self.keep:
            self.noted.append((row, row.pk is None, before))

    def changes(self) -> list[BatchChange]:
        return [_change(row, before, created=created) for row, created, before in self.noted]


class _CheckStep(_ImportStep):
    def save(self, sheets: Sequence[Sheet]) -> None:
        # What an earlier step would have made is there again for as long as this one lasts.
        promised = batches.recall(self.batch, "promised", {sheet.handle for sheet in sheets})
        with transaction.atomic():
            # Somebody may have made one of them by hand meanwhile.
            Product.objects.bulk_create(
                (
                    Product(organization=self.batch.organization, handle=handle, name=handle)
                    for handle in promised
                ),
                ignore_conflicts=True,
            )
            before = _known(self.batch, sheets)
            self.writer.save(sheets)
            made = _known(self.batch, sheets) - before
            transaction.set_rollback(True)
        batches.remember(self.batch, "promised", dict.fromkeys(made, 1))

    def note(self, row: Product | Variant, before: Facts) -> None:
        # What is new is counted; what changes is worth looking at.
        if row.pk is not None:
            super().note(row, before)

    def changes(self) -> list[BatchChange]:
        return [_change(row, before, created=False) for row, _, before in self.noted]


def _whole_products(found: Sequence[Record]) -> int:
    """Leave the last product out, of which more rows may follow, unless it is all there is."""
    last = ""
    begin = 0
    for number, record in enumerate(found):
        if record.is_empty or not _is_sound(record.row):
            continue
        if handle_of(record.row) != last:
            last, begin = handle_of(record.row), number
    # A product of more rows than a step has is taken in parts: the handle is known then.
    return begin or (len(found) if len(found) >= ROWS_AT_ONCE else 0)


def _is_sound(row: Row) -> bool:
    try:
        insist_on_handle(row)
    except BadRow:
        return False
    return not row.problem


def _skus(rows: Sequence[Row]) -> set[str]:
    skus = set()
    for row in rows:
        try:
            skus.add(sku_of(row))
        except BadRow:
            continue
    return skus


def _known(batch: Batch, sheets: Sequence[Sheet]) -> set[str]:
    found = batch.organization.products.filter(handle__in={sheet.handle for sheet in sheets})
    return set(found.values_list("handle", flat=True))


def _tax_class(batch: Batch) -> Any:
    chosen = batch.params["options"].get("tax_class")
    return batch.organization.tax_classes.filter(pk=chosen).first() if chosen else None


def _change(row: Product | Variant, before: Facts, *, created: bool) -> BatchChange:
    after = {} if created else {name: getattr(row, name) for name in before}
    return BatchChange(
        row_type=type(row).__name__.lower(),
        row_id=row.pk,
        reference=(row.handle if isinstance(row, Product) else row.sku)[:200],
        created=created,
        before={} if created else {name: plain(value) for name, value in before.items()},
        after={name: plain(value) for name, value in after.items()},
    )


def plain(value: object) -> object:
    """Return a value as JSON keeps it, and the page shows it."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value
