"""
What is spoken: the language of the words, and the region whose figures and dates go with it.

The gate of an organization chooses it for people, `speaking` for what is written on its behalf.
Programs are answered in English, because they compare.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from babel.core import Locale, UnknownLocaleError
from babel.numbers import format_decimal
from django.conf import settings
from django.utils import translation


def language_of(locale: str) -> str:
    """Return the language we have words in for a locale: de_CH is "de", and fr is English."""
    language = locale.replace("_", "-").partition("-")[0].lower()
    return language if language in dict(settings.LANGUAGES) else str(settings.LANGUAGE_CODE)


@contextmanager
def speaking(locale: str = "") -> Iterator[None]:
    """Speak the language of a locale, or our own, until the end of the block."""
    with translation.override(language_of(locale)):
        yield


def figures(locale: str) -> Locale:
    """
    Return the locale in which money and dates stand beside the words that are spoken now.

    An organization's own where the languages agree, else its region in the language of the reader.
    A locale we have no words for, such as French, keeps its figures beside English words.
    """
    return _figures(translation.get_language() or settings.LANGUAGE_CODE, locale)


def number(value: int) -> str:
    """Write a whole number as the reader does: 100,000 is 100.000 in German."""
    return format_decimal(value, locale=figures(""))


@lru_cache(maxsize=1000)
def _figures(spoken: str, locale: str) -> Locale:
    language = language_of(spoken)
    try:
        of_shop = Locale.parse(locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale(language)
    if language_of(locale) == language:
        return of_shop
    try:
        return Locale.parse(f"{language}_{of_shop.territory}")
    except (UnknownLocaleError, ValueError):
        return Locale(language)
