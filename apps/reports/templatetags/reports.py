"""Charts, drawn by the server: shapes in SVG, whose words stand around them in HTML."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from babel.core import Locale
from babel.numbers import format_compact_currency
from django import template

from apps.core.languages import figures
from apps.core.money import to_major
from apps.orders.models import Order
from apps.reports.queries import Dashboard

register = template.Library()

# The plane that bars are drawn on; the page stretches it to the place there is.
WIDTH, HEIGHT = 1000.0, 240.0
# How much of its place a bar fills.
FILLED = 0.7


class Shape(NamedTuple):
    """One bar and what it stands for, in units of the plane."""

    bar: Any
    x: float
    y: float
    width: float
    height: float
    # Its whole place, which answers to a pointer where the bar is too small to hit.
    left: float
    place: float


@register.inclusion_tag("reports/_chart.html", takes_context=True)
def sales_chart(context: dict[str, Any], shown: Dashboard) -> dict[str, Any]:
    """Draw the sales of a period as bars, and those of the one before as a line."""
    most = _ceiling([max(one.sums.gross, one.before.gross) for one in shown.bars])
    place = WIDTH / len(shown.bars)
    shapes, line = [], []
    for index, one in enumerate(shown.bars):
        height = HEIGHT * max(one.sums.gross, 0) / most
        left = index * place
        shapes.append(
            Shape(
                one,
                round(left + place * (1 - FILLED) / 2, 1),
                round(HEIGHT - height, 1),
                round(place * FILLED, 1),
                round(height, 1),
                round(left, 1),
                round(place, 1),
            )
        )
        before = HEIGHT * (1 - max(one.before.gross, 0) / most)
        line.append(f"{left + place / 2:.1f},{before:.1f}")
    bars = shown.bars
    return {
        "organization": context["organization"],
        "shapes": shapes,
        "line": " ".join(line) if shown.before.orders else "",
        "ticks": [most, most // 2, 0],
        "marks": [bars[0], bars[len(bars) // 2], bars[-1]] if len(bars) > 2 else bars,
        "by_day": bars[0].since == bars[0].until,
    }


@register.simple_tag(takes_context=True)
def money_short(context: dict[str, Any], amount: int, currency: str) -> str:
    """Write minor units as shortly as an axis wants them: €1.2K."""
    return format_compact_currency(
        to_major(amount, currency), currency, locale=_locale(context), fraction_digits=1
    )


@register.simple_tag(takes_context=True)
def calendar_day(context: dict[str, Any], day: date) -> str:
    """Write a day of the calendar, which has no time zone, without its year."""
    locale = _locale(context)
    return str(locale.datetime_skeletons["MMMd"].apply(day, locale))


def _locale(context: dict[str, Any]) -> Locale:
    return figures(context["organization"].locale)


@register.filter
def change(now: int, before: int) -> int | None:
    """Return by how many percent there is more now than before; None: before there was nothing."""
    return round(100 * (now - before) / before) if before else None


@register.filter
def share(part: int, most: int) -> str:
    """Return a part of the most there is as a width."""
    return f"{100 * part / most if most else 0:.1f}%"


@register.filter
def status_name(status: str) -> str:
    return str(Order.Status(status).label)


def _ceiling(values: Sequence[int]) -> int:
    """Return a round number that none of the values exceeds, at least 100."""
    most, unit = max(*values, 100), 1
    while unit * 10 < most:
        unit *= 10
    return next(unit * step for step in (1, 2, 4, 6, 8, 10) if unit * step >= most)
