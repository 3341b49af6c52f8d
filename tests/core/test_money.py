from decimal import Decimal

import pytest

from apps.core import money


@pytest.mark.parametrize(
    ("currency", "minor"), [("EUR", 1235), ("JPY", 12), ("KWD", 12345), ("USD", 1235)]
)
def test_minor_units_follow_the_currency(currency: str, minor: int) -> None:
    assert money.to_minor(Decimal("12.345"), currency) == minor


def test_halves_are_rounded_up() -> None:
    assert money.to_minor(Decimal("0.005"), "EUR") == 1


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_major_units_come_back_exactly(currency: str) -> None:
    assert money.to_minor(money.to_major(12345, currency), currency) == 12345


@pytest.mark.parametrize(
    ("locale", "shown"), [("en", "€12.99"), ("de", "12,99\xa0€"), ("nonsense", "€12.99")]
)
def test_money_is_shown_as_its_reader_writes_it(locale: str, shown: str) -> None:
    assert money.display(1299, "EUR", locale) == shown


@pytest.mark.parametrize("includes_tax", [True, False])
@pytest.mark.parametrize("rate", ["0", "7", "19", "10.75", "25.5"])
@pytest.mark.parametrize("price", ["0", "0.01", "24.99", "0.003333", "99999.99"])
def test_a_line_always_adds_up(includes_tax: bool, rate: str, price: str) -> None:
    for quantity in (1, 3, 7, 1000):
        line = money.line_amounts(
            quantity=quantity,
            unit_price=Decimal(price),
            tax_rate=Decimal(rate),
            includes_tax=includes_tax,
            currency="EUR",
        )
        assert line.net + line.tax == line.gross
        assert 0 <= line.net <= line.gross


def test_a_price_of_a_third_of_a_cent_is_rounded_once_per_line() -> None:
    line = money.line_amounts(
        quantity=1000,
        unit_price=Decimal("0.003333"),
        tax_rate=Decimal(0),
        includes_tax=True,
        currency="EUR",
    )

    assert line.gross == 333


def test_tax_on_a_broken_rate_is_rounded_once() -> None:
    """A10: 24.99 and 10.75 %."""
    line = money.line_amounts(
        quantity=1,
        unit_price=Decimal("24.99"),
        tax_rate=Decimal("10.75"),
        includes_tax=False,
        currency="USD",
    )

    assert (line.net, line.tax, line.gross) == (2499, 269, 2768)
