"""
Money is an integer of minor units (cents) with the currency of its document.

Unit prices are decimals of the major unit with up to six places, because a screw may cost a third
of a cent. A line is rounded once, half up, when quantity and price meet.
"""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import NamedTuple

from babel.core import UnknownLocaleError
from babel.numbers import format_currency, get_currency_precision


@lru_cache
def minor_digits(currency: str) -> int:
    """Return the decimals of a currency (ISO 4217): EUR 2, JPY 0, KWD 3."""
    return get_currency_precision(currency)


def to_minor(amount: Decimal, currency: str) -> int:
    """Return an amount of the major unit in minor units, rounded half up."""
    return int(amount.scaleb(minor_digits(currency)).to_integral_value(ROUND_HALF_UP))


def to_major(amount: int, currency: str) -> Decimal:
    """Return minor units as an exact decimal of the major unit."""
    return Decimal(amount).scaleb(-minor_digits(currency))


def display(amount: int, currency: str, locale: str = "en") -> str:
    """Return minor units as a person of that locale writes them: 1299 EUR is €12.99."""
    try:
        return format_currency(to_major(amount, currency), currency, locale=locale)
    except UnknownLocaleError:
        return format_currency(to_major(amount, currency), currency, locale="en")


class LineAmounts(NamedTuple):
    """What one line comes to, in minor units. net + tax = gross, always."""

    net: int
    tax: int
    gross: int


def line_amounts(
    *, quantity: int, unit_price: Decimal, tax_rate: Decimal, includes_tax: bool, currency: str
) -> LineAmounts:
    """Price one line. `tax_rate` is a percentage; `unit_price` includes it or does not."""
    amount = to_minor(quantity * unit_price, currency)
    if includes_tax:
        net = _rounded(amount * 100 / (100 + tax_rate))
        return LineAmounts(net, amount - net, amount)
    tax = _rounded(amount * tax_rate / 100)
    return LineAmounts(amount, tax, amount + tax)


def _rounded(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_HALF_UP))
