"""How pages write money, moments and icons: as their reader does, in the shop's time zone."""

import re
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import DateTimePattern, parse_pattern
from babel.numbers import format_currency, format_decimal
from django import template
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.core.languages import figures
from apps.core.money import display, to_major, to_minor
from apps.core.places import PLACES, UNDER_THE_THUMB, Place, place_of

register = template.Library()

# Codes that are read aloud in other languages too.
ALOUD = {
    "bank transfer": _("bank transfer"),
    "cash": _("cash"),
    "card": _("card"),
    "other": _("other"),
    "name": _("name"),
    "description": _("description"),
    "status": _("status"),
    "price": _("price"),
    "barcode": _("barcode"),
    "weight g": _("weight in grams"),
    "track stock": _("count its stock"),
    "allow backorder": _("sell when out of stock"),
    "active": _("active"),
    "queued": _("queued"),
}


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """
    Draw an icon of our sprite. It is decoration: the words stand beside it.

    Drawn once in a process: most pages have thirty, and the sprite's address does not change.
    """
    sprite = static("core/icons.svg")
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        sprite,
        name,
    )


@register.inclusion_tag("core/places.html", takes_context=True)
def places(context: Context, **news: int) -> dict[str, object]:
    """Draw the main navigation, where in it one is, and how much is new in a place, by its app."""
    here = place_of(context["request"].resolver_match.view_name)
    return {
        "places": [
            (place, path, news.get(place.view.partition(":")[0], 0))
            for place, path in _paths(context)
        ],
        "here": here,
        "behind_more": PLACES[UNDER_THE_THUMB:],
    }


@register.inclusion_tag("core/keys.html", takes_context=True)
def keys(context: Context) -> dict[str, object]:
    """Draw the dialog that tells which keys do what."""
    return {"places": _paths(context)}


@register.simple_tag(takes_context=True)
def money(context: Context, amount: int, currency: str) -> str:
    """Write minor units as the reader does."""
    return display(amount, currency, _locale(context))


@register.simple_tag(takes_context=True)
def price(context: Context, amount: Decimal, currency: str) -> str:
    """Write a unit price of the major unit, with all its places if it has more than usual."""
    minor = to_minor(amount, currency)
    if to_major(minor, currency) == amount:
        return display(minor, currency, _locale(context))
    return format_currency(
        amount.normalize(), currency, locale=_locale(context), decimal_quantization=False
    )


@register.simple_tag(takes_context=True)
def percent(context: Context, rate: Decimal) -> str:
    """Write a rate that is stored in percent: 19.0000 is 19 %."""
    return f"{format_decimal(rate.normalize(), locale=_locale(context))} %"


@register.simple_tag(takes_context=True)
def when(context: Context, moment: datetime) -> SafeString:
    """Write a moment by the organization's clock, with the exact one for whoever asks."""
    return _time(context, moment, "yMMMd", "Hm")


@register.simple_tag(takes_context=True)
def day(context: Context, moment: datetime | date | None) -> SafeString:
    """Write a day, or that of a moment in the organization's time zone; nothing for none."""
    if moment is None:
        return SafeString()
    if isinstance(moment, datetime):
        return _time(context, moment, "yMMMd")
    locale = _locale(context)
    shown = locale.datetime_skeletons["yMMMd"].apply(moment, locale)
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), shown)


@register.simple_tag(takes_context=True)
def clock(context: Context, moment: datetime) -> SafeString:
    """Write the time of day alone, where the day stands above."""
    return _time(context, moment, "Hm")


@register.filter
def initials(person: object) -> str:
    """Shorten a person to two letters: of the first and last word of their name or address."""
    words = re.findall(r"[^\W\d_]+", str(person).partition("@")[0]) or ["?"]
    return "".join(word[0] for word in dict.fromkeys((words[0], words[-1]))).upper()


@register.filter
def words(code: str) -> str:
    """Read a code aloud: bank_transfer is "bank transfer"."""
    plain = code.rpartition(".")[2].replace("_", " ")
    return str(ALOUD.get(plain, plain))


def _paths(context: Context) -> list[tuple[Place, str]]:
    slug = context["organization"].slug
    return [(place, place.path(slug)) for place in PLACES]


def _time(context: Context, moment: datetime, *skeletons: str) -> SafeString:
    return _written(moment, context["organization"].timezone, _locale(context), skeletons)


@lru_cache(maxsize=5000)
def _written(moment: datetime, zone: str, locale: Locale, skeletons: tuple[str, ...]) -> SafeString:
    """
    Write a moment, which stays as it is: whoever looks at a list again sees mostly the same ones.

    Fifty of them take 2 ms, and Babel's own functions, which look up each pattern anew, twice that.
    """
    local = moment.astimezone(ZoneInfo(zone))
    shown = (locale.datetime_skeletons[one].apply(local, locale) for one in skeletons)
    exact = _in_full(locale).apply(local, locale)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, ", ".join(shown)
    )


@cache
def _in_full(locale: Locale) -> DateTimePattern:
    """Return how a locale writes a moment with all that can be said of it."""
    day, clock = locale.date_formats["full"].pattern, locale.time_formats["full"].pattern
    both = locale.datetime_formats["full"]
    return parse_pattern(both.replace("{0}", clock).replace("{1}", day))


def _locale(context: Context) -> Locale:
    organization = context.get("organization")
    return figures(organization.locale if organization else "")
