import pytest

from apps.core.countries import abroad, countries


def test_countries_are_those_of_iso_3166() -> None:
    codes = {code for code, _ in countries()}

    assert len(codes) == 249
    assert {"DE", "FR", "US", "JP"} <= codes


@pytest.mark.parametrize(
    ("country", "locale", "line"),
    [
        ("US", "en", ["UNITED STATES"]),
        ("FR", "de", ["FRANKREICH"]),
        ("FR", "nonsense", ["FRANCE"]),
        ("DE", "en", []),
        ("", "en", []),
    ],
)
def test_an_address_abroad_names_its_country(country: str, locale: str, line: list[str]) -> None:
    assert abroad(country, "DE", locale) == line
