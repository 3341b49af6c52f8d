"""Countries by their codes (ISO 3166-1 alpha-2), as babel knows them."""

import unicodedata
from functools import lru_cache

from babel.core import Locale, UnknownLocaleError

from apps.core.languages import figures


def countries() -> list[tuple[str, str]]:
    """Return code and name of every country, by its name in the language that is spoken."""
    return _countries(figures(""))


@lru_cache
def _countries(locale: Locale) -> list[tuple[str, str]]:
    # Codes that begin with X or Q, and a few more, are of no country: ISO leaves them to users.
    territories = locale.territories.items()
    real = [
        (code, name)
        for code, name in territories
        if len(code) == 2 and code.isalpha() and code[0] != "X" and code not in NO_COUNTRIES
    ]
    return sorted(real, key=lambda one: _without_accents(one[1]))


def _without_accents(name: str) -> str:
    # Österreich stands at O, not behind Z.
    letters = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()


NO_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "ZZ"})


def abroad(country: str, home: str, locale: Locale | str) -> list[str]:
    """Return the line an address needs when it is not at home: the country, in capitals."""
    if not country or country == home:
        return []
    try:
        names = Locale.parse(locale).territories
    except (UnknownLocaleError, ValueError):
        names = Locale("en").territories
    return [names.get(country, country).upper()]
