"""docs/twelve-factors.md says where each factor lives, and cannot fall behind the code."""

from pathlib import Path

import pytest
from django.conf import settings

from apps.factors.markers import FACTORS, PLACES, BadMarker, find_markers, render

ROOT: Path = settings.BASE_DIR


def test_the_index_is_current() -> None:
    index = (ROOT / "docs" / "twelve-factors.md").read_text(encoding="utf-8")

    assert index == render(find_markers(ROOT)), "Run: python manage.py twelve_factors --write"


def test_every_factor_has_a_home_and_none_has_too_many() -> None:
    homes = [marker.numeral for marker in find_markers(ROOT)]

    assert set(homes) == set(FACTORS)
    assert {numeral for numeral in FACTORS if homes.count(numeral) > 3} == set()


def test_every_factor_has_a_proof() -> None:
    proofs = sorted(path.name[:7] for path in Path(__file__).parent.glob("test_[01]?_*.py"))

    assert proofs == [f"test_{number:02}" for number in range(len(FACTORS) + 1)]


def test_a_homeless_factor_is_reported() -> None:
    markers = [marker for marker in find_markers(ROOT) if marker.numeral != "IX"]

    with pytest.raises(BadMarker, match="No code claims factor IX"):
        render(markers)


@pytest.mark.parametrize("wrong", ["III (Confusion)", "XIII (Luck)"])
def test_a_misspelt_marker_is_reported(wrong: str, tmp_path: Path) -> None:
    for place in PLACES:
        (tmp_path / place).write_text(f"# Factor {wrong}: something was decided.\n")

    with pytest.raises(BadMarker, match=wrong.replace("(", r"\(").replace(")", r"\)")):
        find_markers(tmp_path)


@pytest.mark.parametrize("gone", PLACES)
def test_a_vanished_place_is_reported(gone: str, tmp_path: Path) -> None:
    for place in set(PLACES) - {gone}:
        (tmp_path / place).touch()

    with pytest.raises(BadMarker, match=gone):
        find_markers(tmp_path)
