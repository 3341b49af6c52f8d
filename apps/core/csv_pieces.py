"""
CSV files that lie elsewhere, read piece by piece: from a byte on, as many whole records as there
are. What `csv_files` does with a file at hand, for whoever has only some bytes of it at a time.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.csv_files import DELIMITERS, Columns, Row, UnreadableFile, parse

# A first line longer than this names no columns.
HEADER_BYTES = 1024 * 1024
SAMPLES = 5
# Bytes that Windows' Latin has no character for.
_NOT_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_OTHER_KINDS = {
    b"PK\x03\x04": gettext_lazy("a spreadsheet or a ZIP file"),
    b"%PDF": "a PDF",
    b"\x1f\x8b": gettext_lazy("a compressed file"),
    b"\xd0\xcf\x11\xe0": gettext_lazy("a spreadsheet"),
}


class Place(NamedTuple):
    """Where a record begins: its byte, and its line counted from 1."""

    offset: int
    line: int


@dataclass(frozen=True)
class CsvShape:
    """What one has to know of a file to read it from any record on. It survives JSON."""

    encoding: str
    delimiter: str
    titles: list[str]
    lines: int
    size: int
    # Where the first record after the titles begins.
    offset: int
    line: int

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        return cls(**facts)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def start(self) -> Place:
        return Place(self.offset, self.line)

    def columns(self, mapping: Mapping[str, int]) -> Columns:
        return Columns(mapping, {name: self.titles[place] for name, place in mapping.items()})


class Record(NamedTuple):
    row: Row
    # Where the one after it begins.
    behind: Place

    @property
    def is_empty(self) -> bool:
        return not self.row.problem and not any(self.row.cells)


def records(shape: CsvShape, columns: Columns, body: bytes, place: Place) -> Iterator[Record]:
    """
    Read the whole records in `body`, the bytes of the file from `place` on. Empty ones too.

    What is cut off at the end is left for the next piece, unless it is the end of the file.
    """
    is_last = place.offset + len(body) >= shape.size
    if not is_last:
        body = body[: _end_of_lines(body)]
    encoding = "utf-8" if shape.encoding == "utf-8-sig" else shape.encoding
    lines = _Lines(body.decode(encoding), encoding)
    width = len(shape.titles)
    for line, count, cells, problem in parse(lines, shape.delimiter, width, line=place.line):
        if not is_last and lines.exhausted:
            return  # The quote may be closed in what comes next.
        behind = Place(place.offset + lines.taken, line + count)
        yield Record(Row(line, cells, columns, problem), behind)


class _Lines:
    """Lines for csv, which reads ahead by none: `taken` is how many bytes of them it has had."""

    def __init__(self, text: str, encoding: str) -> None:
        self._lines = iter(io.StringIO(text, newline=""))
        self._encoding = encoding
        self.taken = 0
        # It asked for a line when there was none: the record it was at is not whole.
        self.exhausted = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            line = next(self._lines)
        except StopIteration:
            self.exhausted = True
            raise
        self.taken += len(line.encode(self._encoding))
        return line


def _end_of_lines(body: bytes) -> int:
    """Return where the last whole line ends. No byte of a longer character looks like a line's."""
    if end := body.rfind(b"\n") + 1:
        return end
    # A file from an old Mac; the last one may be the first half of a Windows line's end.
    return body.rfind(b"\r", 0, max(len(body) - 1, 0)) + 1


@dataclass
class Look:
    """
    A look at a whole file, piece by piece, in memory that does not grow with it.

    Raises UnreadableFile, in words for whoever uploaded it, when there are no rows to read.
    """

    name: str
    size: int = 0
    _head: bytes = b""
    _newlines: int = 0
    _last: bytes = b""
    _is_cp1252: bool = True
    _is_utf8: bool = True
    _utf8: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"))

    def add(self, piece: bytes) -> None:
        if not self.size:
            self._insist_on_kind(piece)
        if b"\0" in piece:
            raise UnreadableFile(
                _("%(file)s is not a CSV file: save it as CSV first.") % {"file": self.name}
            )
        self.size += len(piece)
        self._head += piece[: max(0, HEADER_BYTES - len(self._head))]
        self._newlines += piece.count(b"\n") + piece.count(b"\r") - piece.count(b"\r\n")
        if self._last == b"\r" and piece[:1] == b"\n":
            self._newlines -= 1
        self._last = piece[-1:]
        self._is_cp1252 = self._is_cp1252 and not _NOT_CP1252.search(piece)
        self._is_utf8 = self._is_utf8 and self._decodes(piece)

    def shape(self) -> CsvShape:
        """Say what the pieces came to, once the last was added."""
        self._is_utf8 = self._is_utf8 and self._decodes(b"", final=True)
        if not self._head.strip():
            raise UnreadableFile(_("%(file)s is empty.") % {"file": self.name})
        encoding = "utf-8-sig" if self._is_utf8 else "cp1252" if self._is_cp1252 else "latin-1"
        text = codecs.getincrementaldecoder(encoding)().decode(self._head)
        headers = {delimiter: _header(text, delimiter) for delimiter in DELIMITERS}
        delimiter = max(DELIMITERS, key=lambda one: len(headers[one].titles))
        titles, taken, lines = headers[delimiter]
        if not any(titles):
            raise UnreadableFile(
                _("The first line of %(file)s names no columns.") % {"file": self.name}
            )
        all_lines = self._newlines + (self._last not in {b"\n", b"\r"})
        if all_lines <= lines:
            raise UnreadableFile(_("%(file)s has a first line and no rows.") % {"file": self.name})
        # utf-8-sig counts what it left out in front.
        mark = codecs.BOM_UTF8 if self._head.startswith(codecs.BOM_UTF8) else b""
        offset = len(taken.encode("utf-8" if self._is_utf8 else encoding))
        offset += len(mark) if self._is_utf8 else 0
        return CsvShape(
            encoding, delimiter, titles, all_lines, self.size, offset=offset, line=lines + 1
        )

    def samples(self, shape: CsvShape) -> list[list[str]]:
        """Return the cells of the first rows."""
        body, columns = self._head[shape.offset :], Columns({}, {})
        found = records(shape, columns, body, shape.start)
        rows = (list(one.row.cells) for one in found if not one.is_empty and one.row.cells)
        return [row for _, row in zip(range(SAMPLES), rows, strict=False)]

    def _insist_on_kind(self, piece: bytes) -> None:
        for begin, kind in _OTHER_KINDS.items():
            if piece.startswith(begin):
                raise UnreadableFile(
                    _("%(file)s is %(kind)s, not a CSV file. Save or export it as CSV first.")
                    % {"file": self.name, "kind": kind}
                )

    def _decodes(self, piece: bytes, *, final: bool = False) -> bool:
        try:
            self._utf8.decode(piece, final)
        except UnicodeDecodeError:
            return False
        return True


class _Header(NamedTuple):
    titles: list[str]
    taken: str
    lines: int


def _header(text: str, delimiter: str) -> _Header:
    lines: list[str] = []

    def heard(source: Iterable[str]) -> Iterator[str]:
        for line in source:
            lines.append(line)
            yield line

    try:
        cells: Sequence[str] = next(
            csv.reader(heard(io.StringIO(text, newline="")), delimiter=delimiter), []
        )
    except csv.Error as error:
        raise UnreadableFile(
            _("The first line is broken: %(error)s.") % {"error": error}
        ) from error
    return _Header([title.strip() for title in cells], "".join(lines), len(lines))
