"""Countries by their codes (ISO 3166-1 alpha-2), as babel knows them."""

from functools import lru_cache

from babel.core import Locale, UnknownLocaleError


@lru_cache
def countries() -> list[tuple[str, str]]:
    """Return code and English name of every country, by name."""
    # Codes that begin with X or Q, and a few more, are of no country: ISO leaves them to users.
    territories = Locale("en").territories.items()
    real = [
        (code, name)
        for code, name in territories
        if len(code) == 2 and code.isalpha() and code[0] != "X" and code not in NO_COUNTRIES
    ]
    return sorted(real, key=lambda one: one[1])


NO_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "ZZ"})


def abroad(country: str, home: str, locale: str) -> list[str]:
    """Return the line an address needs when it is not at home: the country, in capitals."""
    if not country or country == home:
        return []
    try:
        names = Locale.parse(locale).territories
    except (UnknownLocaleError, ValueError):
        names = Locale("en").territories
    return [names.get(country, country).upper()]
