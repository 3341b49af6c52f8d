"""What makes the value of a variable unusable: checks that answer in words, without the value."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import dj_database_url

Check = Callable[[str], str | None]


def url(*schemes: str) -> Check:
    """Return a check that refuses anything but a complete URL of one of these schemes."""

    def check(value: str) -> str | None:
        scheme, separator, rest = value.partition("://")
        if not separator or scheme not in schemes:
            return f"is not a URL that starts with {' or '.join(f'{s}://' for s in schemes)}"
        # An unescaped @ # / or ? in a password ends it early and points the URL elsewhere.
        authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
        cut_short = "@" in rest and "@" not in authority
        if cut_short or authority.count("@") > 1:
            return (
                "has a password with a character that ends it early; percent-encode it "
                "(@ is %40, # is %23, / is %2F, ? is %3F, : is %3A)"
            )
        try:
            parts = urlsplit(value)
            parts.port  # noqa: B018 - reading it is what checks it
        except ValueError:
            return "has a host or a port that cannot be read; percent-encode its password"
        return None if parts.hostname else "names no host"

    return check


def database(value: str) -> str | None:
    problem = url("postgres", "postgresql")(value)
    if problem is None and not dj_database_url.parse(value).get("NAME"):
        return "names no database after the host"
    return problem


def long_enough(value: str) -> str | None:
    return None if len(value) >= 50 else "is shorter than 50 characters"


def positive(value: str) -> str | None:
    return None if int(value) > 0 else "must be 1 or more"
