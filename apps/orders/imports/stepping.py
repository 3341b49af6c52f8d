"""
The same import in steps, for files that lie in the store.

The file is read twice, as it is at once: first for where each order ends and how dates are
written, then for the orders. Rows whose order goes on behind a step wait in the database.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from apps.batches import operations as batches
from apps.batches.models import Batch
from apps.batches.operations import Piece, Refused
from apps.batches.tables import Step
from apps.catalog.queries import variants_by_sku
from apps.core.csv_files import BadRow, Row
from apps.core.csv_pieces import Record
from apps.inventory import operations as inventory
from apps.orders.imports.dates import DAYS, DateReader, day_of
from apps.orders.imports.placing import Placing, already_there
from apps.orders.imports.reading import Reader, insist_on_cells
from apps.orders.operations import LINES_AT_MOST

LOOKED_AT_ONCE = 2000
# Each order holds its stock and the shop's next number until the step commits.
ORDERS_AT_ONCE = 25
ROWS_AT_ONCE = 250
# An order of more rows is none: the column that was chosen for its number is another one.
ROWS_AT_MOST = 2 * LINES_AT_MOST


def import_step(batch: Batch) -> Step:
    """Place the orders that end in this piece, each by itself."""
    return _step(batch, dry_run=False)


def check_step(batch: Batch) -> Step:
    """Find out what `import_step` would do; two orders do not see each other's stock."""
    return _step(batch, dry_run=True)


def _step(batch: Batch, *, dry_run: bool) -> Step:
    looked = "example" in batch.cursor
    piece = batches.read_piece(batch, at_most=ROWS_AT_ONCE if looked else LOOKED_AT_ONCE)
    if piece is None:
        return Step(cursor=batches.more_of(batch))
    return _place(batch, piece, dry_run=dry_run) if looked else _look(batch, piece)


def _look(batch: Batch, piece: Piece) -> Step:
    rows = [one.row for one in piece.records if not one.is_empty]
    for row in rows:
        insist_on_cells(row, batch.source.name if batch.source else "")
    batches.remember(batch, "last", {row["number"]: row.line for row in rows})
    batches.remember(batch, "day", {day_of(row["date"])[:40]: 1 for row in rows})
    if not piece.is_last:
        return Step(cursor=batches.moved(batch, piece.place))
    wanted = batch.params["options"].get("date_format", "")
    return Step(cursor={"example": DAYS.get(wanted) or _likeliest_day(batch)})


def _likeliest_day(batch: Batch) -> str:
    days = batches.recall_all(batch, "day").keys()
    return DateReader(days, ZoneInfo(batch.organization.timezone)).example


def _place(batch: Batch, piece: Piece, *, dry_run: bool) -> Step:
    rows = [one.row for one in piece.records if not one.is_empty]
    last = batches.recall(batch, "last", {row["number"] for row in rows})
    taken = _as_many_orders(piece.records, last)
    place = piece.records[taken - 1].behind if taken else piece.place
    rows = [one.row for one in piece.records[:taken] if not one.is_empty]
    waiting = batches.recall(batch, "rows", {row["number"] for row in rows})
    ending, going_on = _by_order(batch, rows, last, waiting)
    refused = Refused()
    reader = Reader(_dates(batch))
    there = already_there(batch.organization, ending)
    placing = Placing(batch.organization, reader, refused, there, dry_run=dry_run)
    _lock_stock(batch, ending.values())
    for number, of_order in ending.items():
        if not _is_refused_for_length(of_order, waiting.get(number), refused):
            placing.take(number, of_order)
    left = {}
    for number, of_order in going_on:
        is_refused = _is_refused_for_length(of_order, waiting.get(number), refused)
        left[number] = [] if is_refused else [*map(_as_json, of_order)]
    batches.remember(batch, "rows", left)
    return Step(
        cursor=batches.moved(batch, place),
        done=place.line - batches.place_of(batch).line,
        skips=refused.skips,
        finished=piece.is_last and taken == len(piece.records),
        report=batches.counts(placing.report),
    )


def _as_many_orders(found: Sequence[Record], last: dict[str, int]) -> int:
    """Return how many records there are up to the end of the last order of this step."""
    ended = 0
    for number, record in enumerate(found, 1):
        ended += not record.is_empty and last[record.row["number"]] == record.row.line
        if ended >= ORDERS_AT_ONCE:
            return number
    return len(found)


def _by_order(
    batch: Batch, rows: Sequence[Row], last: dict[str, int], waiting: dict[str, list[Any]]
) -> tuple[dict[str, list[Row]], list[tuple[str, list[Row]]]]:
    """Return the orders that end in these rows, and the rows of those that go on behind them."""
    by_number: dict[str, list[Row]] = defaultdict(list)
    columns = batches.columns_of(batch)
    for number, former in waiting.items():
        by_number[number] += [Row(line, cells, columns, bad) for line, cells, bad in former]
    ends: list[str] = []
    for row in rows:
        by_number[row["number"]].append(row)
        if last[row["number"]] == row.line:
            ends.append(row["number"])
    ending = {number: by_number.pop(number) for number in ends}
    return ending, list(by_number.items())


def _is_refused_for_length(
    rows: Sequence[Row], waiting: list[Any] | None, refused: Refused
) -> bool:
    """Refuse rows of an order that has too many, or had: then none of them wait any more."""
    if len(rows) <= ROWS_AT_MOST and waiting != []:
        return False
    reason = _("An order has at most %(most)s lines.") % {"most": LINES_AT_MOST}
    for row in rows:
        refused.add(row, BadRow(reason))
    return True


def _lock_stock(batch: Batch, orders: Iterable[Sequence[Row]]) -> None:
    # All of the step's at once and in order, or it and a customer could wait for each other.
    skus = {row["sku"] for rows in orders for row in rows}
    variants = variants_by_sku(batch.organization, skus)
    inventory.lock_stock([variant.pk for variant in variants.values()])


def _dates(batch: Batch) -> DateReader:
    # The example of a way to write days is read that way and no other.
    return DateReader({batch.cursor["example"]}, ZoneInfo(batch.organization.timezone))


def _as_json(row: Row) -> list[object]:
    return [row.line, list(row.cells), row.problem]
