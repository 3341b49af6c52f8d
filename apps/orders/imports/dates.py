"""
Dates as other people's files write them.

12/1/10 may be the first of December or the twelfth of January. All dates of a file are written one
way, so the way that reads most of them is right: one 13/1/10 settles it. When all fit both ways,
the month comes first.
"""

import re
from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

ISO = "%Y-%m-%d"
DAYS = {
    ISO: "2010-12-31",
    "%m/%d/%y": "12/31/10",
    "%m/%d/%Y": "12/31/2010",
    "%d/%m/%y": "31/12/10",
    "%d/%m/%Y": "31/12/2010",
    "%d.%m.%Y": "31.12.2010",
    "%d.%m.%y": "31.12.10",
}
TIMES = (" %H:%M", " %H:%M:%S", "", " %I:%M %p", "T%H:%M", "T%H:%M:%S", " %H:%M:%S %z")
YEARS = range(1900, 2200)


def day_of(text: str) -> str:
    """Return the part before the time of day, by which `DateReader` recognizes the format."""
    return re.split("[ T]", text, maxsplit=1)[0]


class DateReader:
    """Reads dates in the format that fits most of `days`, or in `date_format` and no other."""

    def __init__(self, days: Collection[str], zone: ZoneInfo, date_format: str = "") -> None:
        self.zone = zone
        self.formats = [date_format]
        self.example = date_format
        if not date_format:
            best = max(DAYS, key=lambda one: sum(_parsed(day, one) is not None for day in days))
            self.formats = [best + time for time in TIMES]
            self.example = DAYS[best]

    def read(self, text: str) -> datetime | None:
        """Return the moment, in the organization's zone unless the text names another."""
        moments = (_parsed(text, one) for one in self.formats)
        moment = next((one for one in moments if one is not None), None)
        if moment is None and self.formats[0].startswith(ISO):
            moment = _iso(text)
        if moment is None or moment.year not in YEARS:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=self.zone)


def _parsed(text: str, date_format: str) -> datetime | None:
    try:
        return datetime.strptime(text, date_format)  # noqa: DTZ007 - `read` adds the zone
    except ValueError:
        return None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
