"""
Where each of the twelve factors lives in this repository.

A marker is one line of a comment or docstring, nearest to the code that makes it true:

    Factor III (Config): everything that differs between deploys comes from the environment.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

FACTORS = {
    "I": "Codebase",
    "II": "Dependencies",
    "III": "Config",
    "IV": "Backing services",
    "V": "Build, release, run",
    "VI": "Processes",
    "VII": "Port binding",
    "VIII": "Concurrency",
    "IX": "Disposability",
    "X": "Dev/prod parity",
    "XI": "Logs",
    "XII": "Admin processes",
}

# Named one by one: a place that disappears must fail, not shrink the index in silence.
PLACES = (
    "README.md",
    "pyproject.toml",
    "Procfile",
    "Dockerfile",
    "docker-compose.yml",
    "manage.py",
    "config",
    "apps",
)

MARKER = re.compile(
    r"Factor (?P<numeral>[IVX]+) \((?P<title>[^)]+)\): (?P<decision>[^\n]+\.)(?:\"\"\"| -->)?$"
)


class Marker(NamedTuple):
    numeral: str
    path: str
    line: int
    decision: str


class BadMarker(Exception):
    """A marker names no factor, or a place or a factor has none."""


def find_markers(root: Path) -> list[Marker]:
    """Return every marker under `root`. Raises BadMarker if one is misspelt or a place is gone."""
    return [
        marker
        for place in PLACES
        for path in _files(root / place)
        for marker in _markers_in(path, root)
    ]


def render(markers: Iterable[Marker]) -> str:
    """Return the index as Markdown. Raises BadMarker if a factor has no home."""
    homes = defaultdict(list)
    for marker in markers:
        homes[marker.numeral].append(marker)
    if homeless := [numeral for numeral in FACTORS if numeral not in homes]:
        raise BadMarker(f"No code claims factor {', '.join(homeless)}.")
    lines = [
        "# The twelve factors, and where they live",
        "",
        "Written by `python manage.py twelve_factors --write`; do not edit.",
        "",
    ]
    for position, (numeral, title) in enumerate(FACTORS.items(), start=1):
        lines += [f"## {numeral}. {title}", ""]
        lines += [f"- [`{one.path}`](../{one.path}): {one.decision}" for one in homes[numeral]]
        lines += [f"- Proof: `tests/twelve_factors/test_{position:02}_*.py`", ""]
    return "\n".join(lines)


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    found = sorted(path for path in place.rglob("*.py") if path != Path(__file__))
    if not found:
        raise BadMarker(f"{place} is missing or empty.")
    return found


def _markers_in(path: Path, root: Path) -> Iterator[Marker]:
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        # A decision may run over two lines of a comment; the index shows it whole.
        joined = f"{line} {lines[number].lstrip('# ')}" if number < len(lines) else line
        match = MARKER.search(line) or MARKER.search(joined)
        if match and match.start() < len(line):
            if FACTORS.get(match["numeral"]) != match["title"]:
                raise BadMarker(
                    f"{path}: there is no factor {match['numeral']} ({match['title']})."
                )
            where = path.relative_to(root).as_posix()
            yield Marker(match["numeral"], where, number, match["decision"])
