from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@pytest.mark.parametrize("rounded_once", [True, False])
@pytest.mark.parametrize("includes_tax", [True, False])
@pytest.mark.parametrize("rate", ["0", "7", "19", "10.75", "25.5"])
def test_a_line_always_adds_up(*, rounded_once: bool, includes_tax: bool, rate: str) -> None:
    parts = [money.Taxable(amount, Decimal(rate)) for amount in (0, 1, 1, 2499, 9_999_999)]

    for net, tax, gross in money.taxed(parts, includes_tax=includes_tax, rounded_once=rounded_once):
        assert net + tax == gross
        assert 0 <= net <= gross


def test_a_price_of_a_third_of_a_cent_is_rounded_once_per_line() -> None:
    assert money.to_minor(1000 * Decimal("0.003333"), "EUR") == 333


def test_tax_on_a_broken_rate_is_rounded_once() -> None:
    """A10: 24.99 and 10.75 %."""
    [line] = money.taxed([money.Taxable(2499, Decimal("10.75"))], includes_tax=False)

    assert line == (2499, 269, 2768)


def test_tax_of_a_rate_can_be_rounded_once_for_all_lines() -> None:
    """Three lines of 0.12 at 19 %: 0.02 each is 0.06, but 19 % of 0.36 is 0.07."""
    parts = [money.Taxable(12, Decimal(19)) for _ in range(3)]

    each = money.taxed(parts, includes_tax=False)
    once = money.taxed(parts, includes_tax=False, rounded_once=True)

    assert [line.tax for line in each] == [2, 2, 2]
    assert sorted(line.tax for line in once) == [2, 2, 3]


amounts = st.integers(0, 10**12)


@given(amounts, st.lists(amounts, max_size=40))
def test_parts_always_sum_to_the_whole(amount: int, weights: list[int]) -> None:
    parts = money.distribute(amount, weights)

    assert sum(parts) == (amount if sum(weights) else 0)
    assert all(part >= 0 for part in parts)


@given(st.lists(amounts, min_size=1, max_size=40), st.data())
def test_no_part_takes_more_than_it_weighs(weights: list[int], data: st.DataObject) -> None:
    amount = data.draw(st.integers(0, sum(weights)))

    parts = money.distribute(amount, weights)

    assert all(part <= weight for part, weight in zip(parts, weights, strict=True))


rates = st.sampled_from([Decimal(rate) for rate in ("0", "7", "19", "10.75", "25.5", "100")])
taxables = st.lists(st.builds(money.Taxable, amounts, rates), min_size=1, max_size=20)


@given(taxables, st.booleans())
def test_tax_rounded_once_is_the_tax_of_the_sum(
    parts: list[money.Taxable], includes_tax: bool
) -> None:
    rounded = money.taxed(parts, includes_tax=includes_tax, rounded_once=True)

    for rate in {part.rate for part in parts}:
        total = sum(part.amount for part in parts if part.rate == rate)
        [whole] = money.taxed([money.Taxable(total, rate)], includes_tax=includes_tax)
        mine = [one for one, part in zip(rounded, parts, strict=True) if part.rate == rate]
        assert sum(one.tax for one in mine) == whole.tax
        assert sum(one.gross for one in mine) == whole.gross
    assert all(one.net + one.tax == one.gross and one.net >= 0 for one in rounded)
