"""
Money is an integer of minor units (cents) with the currency of its document.

Unit prices are decimals of the major unit with up to six places, because a screw may cost a third
of a cent. A line is rounded once, half up, when quantity and price meet.
"""

from collections import defaultdict
from collections.abc import Sequence
from copy import copy
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import NamedTuple

from babel.core import Locale, UnknownLocaleError
from babel.numbers import NumberPattern, get_currency_precision, get_currency_symbol


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


def display(amount: int, currency: str, locale: Locale | str = "en") -> str:
    """Return minor units as a person of that locale writes them: 1299 EUR is €12.99."""
    try:
        known = Locale.parse(locale)
    except UnknownLocaleError:
        known = Locale("en")
    return str(_pattern(currency, known).apply(to_major(amount, currency), known))


@lru_cache(maxsize=1000)
def _pattern(currency: str, locale: Locale) -> NumberPattern:
    """
    Return how a locale writes amounts of a currency, with its sign and decimals filled in.

    Babel looks these up for each amount, and the currency's name, which takes half of its time.
    """
    pattern: NumberPattern = copy(locale.currency_formats["standard"])
    sign, digits = get_currency_symbol(currency, locale), minor_digits(currency)
    pattern.prefix, pattern.suffix = (
        (above.replace("¤", sign), below.replace("¤", sign))
        for above, below in (pattern.prefix, pattern.suffix)
    )
    pattern.frac_prec = (digits, digits)
    return pattern


def half_up_share(amount: int, part: int, whole: int) -> int:
    """Return part/whole of an amount, half up; all of it for the last part."""
    return (2 * amount * part + whole) // (2 * whole)


def distribute(amount: int, weights: Sequence[int]) -> list[int]:
    """
    Split an amount in proportion to weights, so that the parts sum to the whole.

    By largest remainder: each part gets its whole share, and the units left over go to the parts
    that lost most. No part is larger than its weight while the amount is not larger than their sum.
    """
    total = sum(weights)
    if not total:
        return [0] * len(weights)
    parts = [amount * weight // total for weight in weights]
    by_loss = sorted(range(len(weights)), key=lambda i: -(amount * weights[i] % total))
    for index in by_loss[: amount - sum(parts)]:
        parts[index] += 1
    return parts


class Taxable(NamedTuple):
    """What tax is due on: minor units, and a rate in percent."""

    amount: int
    rate: Decimal


class Amounts(NamedTuple):
    """What a line or a charge comes to, in minor units. net + tax = gross, always."""

    net: int
    tax: int
    gross: int


def taxed(
    parts: Sequence[Taxable], *, includes_tax: bool, rounded_once: bool = False
) -> list[Amounts]:
    """
    Return net, tax and gross of each part, whose amount includes the tax or does not.

    `rounded_once` rounds the tax of all parts of a rate together and spreads it over them by
    largest remainder; otherwise each part is rounded alone.
    """
    if rounded_once:
        taxes = _taxes_of_rates(parts, includes_tax=includes_tax)
    else:
        taxes = [_tax(part.amount, part.rate, includes_tax=includes_tax) for part in parts]
    if includes_tax:
        return [
            Amounts(one.amount - tax, tax, one.amount)
            for one, tax in zip(parts, taxes, strict=True)
        ]
    return [
        Amounts(one.amount, tax, one.amount + tax) for one, tax in zip(parts, taxes, strict=True)
    ]


def _taxes_of_rates(parts: Sequence[Taxable], *, includes_tax: bool) -> list[int]:
    of_rate: dict[Decimal, list[int]] = defaultdict(list)
    for index, part in enumerate(parts):
        of_rate[part.rate].append(index)
    taxes = [0] * len(parts)
    for rate, indices in of_rate.items():
        amounts = [parts[index].amount for index in indices]
        shares = distribute(_tax(sum(amounts), rate, includes_tax=includes_tax), amounts)
        for index, share in zip(indices, shares, strict=True):
            taxes[index] = share
    return taxes


def _tax(amount: int, rate: Decimal, *, includes_tax: bool) -> int:
    if includes_tax:
        return amount - half_up(amount * 100 / (100 + rate))
    return half_up(amount * rate / 100)


def half_up(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_HALF_UP))
