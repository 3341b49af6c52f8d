"""
CSV files as people have them: UTF-8 or what Excel calls text, commas or semicolons, quotes gone
wrong. Read as a stream, so that memory does not grow with the file.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core import languages
from apps.core.errors import Refusal

# Latin-1 has a character for every byte, so it comes last; Windows' kind of it has the euro.
ENCODINGS = ("utf-8-sig", "cp1252", "latin-1")
DELIMITERS = (",", ";")
LISTED_AT_MOST = 10
TOO_WIDE = gettext_lazy("has more cells than the first line has columns")
ADDED_COLUMNS = ["line", "field", "reason"]
# A product's description may be long; a quote that is never closed is longer.
csv.field_size_limit(1_000_000)

_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_COMMA = re.compile(r"-?[0-9]+,[0-9]{1,2}")
# Where a spreadsheet may see a cell begin, also one that splits our commas' lines at semicolons,
# with a sign behind it that makes a formula, in either width (=, +, -, @).
_FORMULA = re.compile(r"(?<![^;\n\r])(?=['\" ]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])")
_GUARD = re.compile(_FORMULA.pattern + "'")
_NOT_LETTERS = re.compile(r"[^a-z0-9]+")


class UnreadableFile(Refusal):
    pass


class BadRow(Refusal):
    """One row cannot be used. `kind` is the reason without its particulars, to count by."""

    def __init__(self, reason: str, *, field: str = "", kind: str = "") -> None:
        super().__init__(reason, field=field)
        self.kind = kind or reason


class Columns(NamedTuple):
    """Where the cells stand that an import reads, and what the file calls them."""

    places: Mapping[str, int]
    titles: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """
    One record of a file. `line` is where it begins: a quoted cell may span several.

    `problem` says why its cells cannot be trusted; a row that could not even be split has none.
    """

    line: int
    cells: Sequence[str]
    columns: Columns
    problem: str = ""

    def __getitem__(self, name: str) -> str:
        place = self.columns.places.get(name, len(self.cells))
        return unguarded(self.cells[place].strip()) if place < len(self.cells) else ""

    def insist_on_sound(self) -> None:
        """Raise BadRow when the file is broken here."""
        if self.problem:
            raise BadRow(self.problem, kind=self.problem.partition(":")[0])

    def bad(self, name: str, reason: str, *, kind: str = "") -> BadRow:
        return BadRow(reason, field=self.columns.titles.get(name, name), kind=kind)

    def text(self, name: str, *, at_most: int) -> str:
        text = self[name]
        if len(text) > at_most:
            raise self.bad(name, _("is longer than %(most)s characters") % {"most": at_most})
        return text

    def number(self, name: str, *, places: int, below: int) -> Decimal:
        """Read 24.99 or 24,99. What could be either 1234 or 1.234 is neither."""
        text = self[name]
        if not text:
            raise self.bad(name, _("is empty"))
        if _COMMA.fullmatch(text):
            text = text.replace(",", ".")
        if not _PLAIN.fullmatch(text) or len(text) > 30:
            raise self.bad(name, _("is not a number such as 24.99"))
        number = Decimal(text)
        if abs(number) >= below:
            raise self.bad(name, _("is not below %(below)s") % {"below": languages.number(below)})
        if number != round(number, places):
            raise self.bad(name, _("has more than %(places)s decimal places") % {"places": places})
        return number


class Refusing(Protocol):
    """Where rows end that cannot be used: a file, a table."""

    def add(self, row: Row, reason: BadRow) -> None: ...


class RefusedRows:
    """
    What could not be used: each row in a file of its own with line, field and reason, all counted.

    The file has the columns of the original, so it can be corrected and read again.
    """

    def __init__(self, path: Path, source: CsvFile) -> None:
        if path.resolve() == source.path.resolve():
            raise UnreadableFile("The refused rows need a file other than the one that is read.")
        self.path = path
        self.kinds: Counter[tuple[str, str]] = Counter()
        self.listed: list[str] = []
        try:
            self._file = path.open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise UnreadableFile(
                f"Cannot write the refused rows to {path} ({error.strerror}). "
                "Name another file with --refused."
            ) from error
        titles = source.titles
        if titles[-3:] == ADDED_COLUMNS:  # What we refused before, corrected.
            titles = titles[:-3]
        self._width = len(titles)
        self._writer = csv.writer(self._file, delimiter=source.delimiter)
        self._writer.writerow([*titles, *ADDED_COLUMNS])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        if not self.kinds and self.path.is_file():  # Not /dev/null.
            self.path.unlink()

    def add(self, row: Row, reason: BadRow) -> None:
        self.kinds[reason.field, reason.kind] += 1
        cells = [*row.cells, *[""] * self._width][: self._width]
        self._writer.writerow([*cells, row.line, reason.field, str(reason)])
        if len(self.listed) < LISTED_AT_MOST:
            self.listed.append(f"line {row.line}: {reason.field} {reason}".replace("  ", " "))

    @property
    def count(self) -> int:
        return self.kinds.total()


@dataclass
class CsvFile:
    """
    A file whose first line names its columns.

    Raises UnreadableFile when there is no such file, or it is empty, or no text.
    """

    path: Path
    encoding: str = field(init=False)
    lines: int = field(init=False)
    delimiter: str = field(init=False)
    titles: list[str] = field(init=False)
    rows_read: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        try:
            self._look()
        except OSError as error:
            raise UnreadableFile(f"Cannot read {self.path}: {error.strerror}.") from error
        except csv.Error as error:
            raise UnreadableFile(f"The first line of {self.path} is broken: {error}.") from error

    def columns(self, aliases: Mapping[str, Sequence[str]], *, required: Sequence[str]) -> Columns:
        """
        Find columns by any of their names, in any case and spacing; the first name found counts.

        Raises UnreadableFile naming the required ones that are missing.
        """
        places: dict[str, int] = {}
        known = {_plain(title): place for place, title in reversed(list(enumerate(self.titles)))}
        for name, titles in aliases.items():
            found = [known[_plain(title)] for title in titles if _plain(title) in known]
            if found:
                places[name] = found[0]
        missing = [" or ".join(aliases[name][:3]) for name in required if name not in places]
        if missing:
            raise UnreadableFile(
                f"{self.path.name} has no column {', and no column '.join(missing)}. "
                f"It has: {', '.join(filter(None, self.titles))[:500]}."
            )
        return Columns(places, {name: self.titles[place] for name, place in places.items()})

    def rows(
        self, columns: Columns, *, progress: Callable[[int], object] = lambda lines: None
    ) -> Iterator[Row]:
        """Read all rows but empty ones. `progress` is told how many lines each one took."""
        self.rows_read = 0
        for line, lines, cells, problem in self._records():
            progress(lines)
            if problem or any(cells):
                self.rows_read += 1
                yield Row(line, cells, columns, problem)

    def _records(self) -> Iterator[tuple[int, int, list[str], str]]:
        with self.path.open(encoding=self.encoding, newline="") as file:
            records = parse(file, self.delimiter, len(self.titles))
            next(records)
            yield from records

    def _look(self) -> None:
        with self.path.open("rb") as raw:
            is_empty = not raw.read(65_536).strip()
        if is_empty:
            raise UnreadableFile(f"{self.path} is empty.")
        self.encoding, self.lines = self._decoded()
        headers = {delimiter: self._header(delimiter) for delimiter in DELIMITERS}
        self.delimiter = max(DELIMITERS, key=lambda delimiter: len(headers[delimiter]))
        self.titles = headers[self.delimiter]
        if not any(self.titles):
            raise UnreadableFile(f"The first line of {self.path} names no columns.")

    def _decoded(self) -> tuple[str, int]:
        for encoding in ENCODINGS[:-1]:
            try:
                return encoding, self._count_lines(encoding)
            except UnicodeDecodeError:
                continue
        return ENCODINGS[-1], self._count_lines(ENCODINGS[-1])

    def _count_lines(self, encoding: str) -> int:
        with self.path.open(encoding=encoding, newline="") as file:
            return sum(map(self._insist_on_text, file))

    def _insist_on_text(self, line: str) -> int:
        # PostgreSQL stores no NUL, and no table has one: this is a spreadsheet, or a picture.
        if "\0" in line:
            raise UnreadableFile(f"{self.path} is not a CSV file: save it as CSV first.")
        return 1

    def _header(self, delimiter: str) -> list[str]:
        with self.path.open(encoding=self.encoding, newline="") as file:
            return [title.strip() for title in next(csv.reader(file, delimiter=delimiter), [])]


def parse(
    lines: Iterable[str], delimiter: str, width: int, *, line: int = 1
) -> Iterator[tuple[int, int, list[str], str]]:
    """
    Yield each record: the line it begins on, how many it takes, its cells, and its problem.

    `line` is that of the first.
    """
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        before = reader.line_num
        try:
            cells = next(reader)
            problem = str(TOO_WIDE) if any(cells[width:]) else ""
        except StopIteration:
            return
        except csv.Error as error:
            # Strict, because the lenient reader swallows the rest of a file whole when a quote is
            # never closed. It goes on with the line after.
            cells = []
            problem = _("has a broken quote: up to line %(line)s, %(error)s") % {
                "line": line - 1 + reader.line_num,
                "error": error,
            }
        yield line + before, reader.line_num - before, cells, problem


def guarded(text: str) -> str:
    """Write text so that a spreadsheet shows it, and does not calculate what a stranger typed."""
    return text if _PLAIN.fullmatch(text) else _FORMULA.sub("'", text)


def unguarded(text: str) -> str:
    """Read what `guarded` wrote: each guard has one more quote behind it than what was guarded."""
    return _GUARD.sub("", text) if "'" in text else text


def _plain(title: str) -> str:
    return _NOT_LETTERS.sub("", title.casefold())
