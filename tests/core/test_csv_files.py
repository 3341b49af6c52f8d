"""Files as people have them."""

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.csv_files import (
    BadRow,
    CsvFile,
    RefusedRows,
    Row,
    UnreadableFile,
    guarded,
    unguarded,
)

ALIASES = {"sku": ["SKU", "StockCode"], "price": ["Unit Price"]}


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., Path]:
    def save(text: str, encoding: str = "utf-8", name: str = "file.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return save


def rows(path: Path) -> list[Row]:
    source = CsvFile(path)
    return list(source.rows(source.columns(ALIASES, required=["sku"])))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("sku\nThé\n", "utf-8"),
        ("sku\nThé\n", "utf-8-sig"),
        ("sku\nThé\n", "latin-1"),
        ("sku\n5 €\n", "cp1252"),
        ("sku\n\x81\n", "latin-1"),
        ("sku\r\nThé\r\n", "utf-8"),
        ("sku\rThé\r", "utf-8"),
    ],
)
def test_text_is_read_as_whatever_it_was_written_in(
    saved: Callable[..., Path], text: str, encoding: str
) -> None:
    [row] = rows(saved(text, encoding))

    assert row["sku"] == text.removeprefix("sku").strip()


def test_a_semicolon_separates_where_it_makes_more_columns(saved: Callable[..., Path]) -> None:
    [row] = rows(saved("SKU;Unit Price;Size, in cm\nA;1,50;3\n"))

    assert (row["sku"], row.number("price", places=6, below=100)) == ("A", Decimal("1.50"))


def test_columns_are_found_by_any_name_in_any_case_and_spacing(saved: Callable[..., Path]) -> None:
    [row] = rows(saved("stock code,UNITPRICE\nA,2\n"))

    assert (row["sku"], row["price"]) == ("A", "2")


def test_a_line_number_is_where_a_row_begins_and_empty_rows_are_none(
    saved: Callable[..., Path],
) -> None:
    found = rows(saved('sku,unit price\n"two\nlines",1\n\n,\nB,2\n'))

    assert [(row.line, row["sku"]) for row in found] == [(2, "two\nlines"), (6, "B")]


def test_progress_counts_every_line_after_the_first(saved: Callable[..., Path]) -> None:
    source = CsvFile(saved('sku,unit price\n"two\nlines",1\nB,2\n'))
    counted: list[int] = []

    list(source.rows(source.columns(ALIASES, required=[]), progress=counted.append))

    assert sum(counted) == source.lines - 1


def test_short_rows_are_filled_and_rows_that_are_too_wide_are_bad(
    saved: Callable[..., Path],
) -> None:
    short, wide, padded = rows(saved("sku,unit price\nA\nB,1,2\nC,1,,\n"))

    assert short["price"] == ""
    with pytest.raises(BadRow, match="more cells"):
        wide.insist_on_sound()
    padded.insist_on_sound()


@pytest.mark.parametrize("broken", ['"A"x,1\n', '"A,1\nB,2\n'])
def test_a_broken_quote_is_told_and_swallows_nothing_in_silence(
    saved: Callable[..., Path], broken: str
) -> None:
    found = rows(saved(f"sku,unit price\nfirst,1\n{broken}"))

    assert [row.line for row in found] == [2, 3]
    with pytest.raises(BadRow, match="broken quote: up to line"):
        found[1].insist_on_sound()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("\ufeff\n", "names no columns"),
        (",,\n1,2,3\n", "names no columns"),
        ("PK\x03\x04\0\0", "not a CSV file"),
        ("sku\nA\n" + "B\n" * 70_000 + "C\0\n", "not a CSV file"),
        ("name,unit price\n", "file.csv has no column SKU or StockCode. It has: name, unit price."),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(
    saved: Callable[..., Path], text: str, said: str
) -> None:
    with pytest.raises(UnreadableFile, match=said):
        rows(saved(text))


def test_a_file_that_cannot_be_opened_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="No such file"):
        CsvFile(tmp_path / "nowhere.csv")
    with pytest.raises(UnreadableFile, match="Is a directory"):
        CsvFile(tmp_path)


@pytest.mark.parametrize(
    ("text", "number"),
    [("24.99", "24.99"), ("24,99", "24.99"), ("0", "0"), ("-3", "-3"), ("1.123456", "1.123456")],
)
def test_numbers_are_read_with_either_decimal_mark(
    saved: Callable[..., Path], text: str, number: str
) -> None:
    [row] = rows(saved(f'sku,unit price\nA,"{text}"\n'))

    assert row.number("price", places=6, below=100) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("1,234", "not a number"),
        ("1.234,56", "not a number"),
        ("1e3", "not a number"),
        ("NaN", "not a number"),
        ("1_0", "not a number"),
        ("١٢", "not a number"),
        ("9" * 40, "not a number"),
        ("100", "is not below 100"),
        ("1.1234567", "more than 6 decimal places"),
    ],
)
def test_what_is_no_number_is_refused_rather_than_guessed(
    saved: Callable[..., Path], text: str, said: str
) -> None:
    [row] = rows(saved(f'sku,unit price\nA,"{text}"\n'))

    with pytest.raises(BadRow, match=said) as refusal:
        row.number("price", places=6, below=100)
    assert refusal.value.field == "unit price"


def test_refused_rows_keep_the_columns_of_the_original(
    saved: Callable[..., Path], tmp_path: Path
) -> None:
    source = CsvFile(saved("SKU;Unit Price;Colour\nThé;x;green\n"))
    [row] = source.rows(source.columns(ALIASES, required=[]))

    with RefusedRows(tmp_path / "refused.csv", source) as refused:
        refused.add(row, row.bad("price", "is no price"))

    assert (tmp_path / "refused.csv").read_text(encoding="utf-8").split() == [
        *["SKU;Unit", "Price;Colour;line;field;reason"],
        *["Thé;x;green;2;Unit", "Price;is", "no", "price"],
    ]


def test_refused_rows_that_were_corrected_and_refused_again_carry_one_reason(
    saved: Callable[..., Path], tmp_path: Path
) -> None:
    source = CsvFile(saved("SKU,line,field,reason\nA,7,SKU,was bad\n", name="file.refused.csv"))
    [row] = source.rows(source.columns(ALIASES, required=[]))

    with RefusedRows(tmp_path / "again.csv", source) as refused:
        refused.add(row, row.bad("sku", "is bad"))

    assert (tmp_path / "again.csv").read_text().splitlines() == [
        "SKU,line,field,reason",
        "A,2,SKU,is bad",
    ]


def test_where_nothing_is_refused_no_file_is_left(
    saved: Callable[..., Path], tmp_path: Path
) -> None:
    source = CsvFile(saved("sku\nA\n"))
    stale = saved("of the run before", name="refused.csv")

    with RefusedRows(stale, source):
        pass
    with RefusedRows(Path("/dev/null"), source):
        pass

    assert not stale.exists()
    assert Path("/dev/null").exists()


def test_refused_rows_never_overwrite_what_is_read(
    saved: Callable[..., Path], tmp_path: Path
) -> None:
    path = saved("sku\nA\n")

    with pytest.raises(UnreadableFile, match="other than the one that is read"):
        RefusedRows(path, CsvFile(path))
    with pytest.raises(UnreadableFile, match="Name another file with --refused"):
        RefusedRows(tmp_path / "nowhere" / "refused.csv", CsvFile(path))

    assert path.read_text() == "sku\nA\n"


def cells_of(line: str, delimiter: str) -> list[str]:
    """What a spreadsheet that separates by this sees. It begins a row at each end of a line."""
    lines = io.StringIO(line) if delimiter == "," else line.splitlines(keepends=True)
    return [cell for row in csv.reader(lines, delimiter=delimiter) for cell in row]


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize(
    "typed",
    [
        "=1+1",
        "\uff1d\uff11+\uff11",
        "\uff20SUM(A1)",
        " =1+1",
        "x;=cmd|'/C calc'!A0;",
        "x; =1+1",
        'x;"=1+1;',
        "x;\uff0b1",
        "x\n=1+1\n",
        "x\r\n-2+3",
        ";;=1+1",
    ],
)
def test_what_a_stranger_typed_begins_no_cell_with_a_sign(typed: str, delimiter: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerow(["Acme", guarded(typed), "5"])

    seen = [cell.strip() for cell in cells_of(file.getvalue(), delimiter)]

    assert not [cell for cell in seen if cell.startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20"))]


@pytest.mark.parametrize("text", ["Teapot", "-3", "-3.50", "jo@tea.example", "a - b", "it's; so"])
def test_what_begins_with_no_sign_is_written_as_it_is(text: str) -> None:
    assert guarded(text) == text


@given(st.text(alphabet="a1;=+-@\uff1d'\", \t\r\n.") | st.text())
def test_what_is_guarded_is_read_as_it_was(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert unguarded(guarded(text.strip()).strip()) == text.strip()
