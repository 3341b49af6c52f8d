"""What the steps of every import share: a piece of its file, and where refused rows go."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from apps.batches.models import Batch
from apps.batches.tables import Skip
from apps.core.csv_files import ADDED_COLUMNS, BadRow, Columns, Row
from apps.core.csv_pieces import CsvShape, Place, Record, records
from apps.core.errors import Refusal
from apps.files import s3

# Bytes of one step. What one record or product needs beyond that is fetched by the next try.
PIECE = 256 * 1024
LARGEST_PIECE = 16 * 1024 * 1024


class RecordTooLong(Refusal):
    pass


class Piece(NamedTuple):
    """The records of one step, and whether the file ends with them."""

    records: list[Record]
    place: Place
    is_last: bool


def fetch_piece(batch: Batch) -> bytes:
    """Bring the bytes the next step of an import needs. Acts outside."""
    shape, place = shape_of(batch), place_of(batch)
    if batch.source is None or place.offset >= shape.size:
        return b""
    length = batch.cursor.get("want", PIECE)
    return s3.get_range(batch.source.key, start=place.offset, length=length)


def shape_of(batch: Batch) -> CsvShape:
    return CsvShape.of(batch.params["shape"])


def columns_of(batch: Batch) -> Columns:
    return shape_of(batch).columns(batch.params["mapping"])


def place_of(batch: Batch) -> Place:
    return Place(*batch.cursor["place"]) if "place" in batch.cursor else shape_of(batch).start


def read_piece(
    batch: Batch, *, at_most: int, whole: Callable[[Sequence[Record]], int] = len
) -> Piece | None:
    """
    Return the records of this step, `at_most` of them; None when one of them needs more bytes.

    `whole` says how many of them may go together, when more may follow.
    """
    shape, place = shape_of(batch), place_of(batch)
    found: list[Record] = []
    for record in records(shape, columns_of(batch), batch.fetched, place):
        found.append(record)
        if len(found) >= at_most:
            break
    behind = found[-1].behind if found else place
    if behind.offset >= shape.size:
        return Piece(found, behind, is_last=True)
    found = found[: whole(found)]
    if found:
        return Piece(found, found[-1].behind, is_last=False)
    return None


def more_of(batch: Batch) -> dict[str, Any]:
    """Return the cursor that asks for a larger piece. Raises RecordTooLong."""
    want = 4 * int(batch.cursor.get("want", PIECE))
    if want > LARGEST_PIECE:
        raise RecordTooLong(
            _("What begins on line %(line)s is too long to be read as rows.")
            % {"line": place_of(batch).line}
        )
    return {**batch.cursor, "want": want}


def moved(batch: Batch, place: Place, **more: Any) -> dict[str, Any]:
    """Return the cursor behind what was read."""
    cursor = {name: value for name, value in batch.cursor.items() if name != "want"}
    return {**cursor, "place": list(place), **more}


@dataclass
class Refused:
    """Collects the rows a step cannot use."""

    skips: list[Skip] = field(default_factory=list)

    def add(self, row: Row, reason: BadRow) -> None:
        self.skips.append(Skip(row.line, reason.field, str(reason), row.cells))


def counts(report: object) -> dict[str, int]:
    """Return the counts of a report that are not zero."""
    said: Mapping[str, int] = vars(report)
    return {name: count for name, count in said.items() if count}


def own_titles(titles: Sequence[str]) -> list[str]:
    """Return the titles of a file without those that our list of refused rows adds."""
    return list(titles[:-3] if list(titles[-3:]) == ADDED_COLUMNS else titles)


def unused_titles(titles: Sequence[str], places: Collection[int]) -> list[str]:
    """Return the titles of the columns that are nothing for us."""
    own = enumerate(own_titles(titles))
    return [title for place, title in own if title and place not in places]
