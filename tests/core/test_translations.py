"""A language is complete, or the check says what is missing."""

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from apps.core import catalogue

GERMAN = Path("config/locale/de/LC_MESSAGES/django.po")
SAID = 'msgid "%(order)s is confirmed."\nmsgstr "%(order)s ist bestätigt."'
COUNTED = 'msgstr[0] "Eine Pickliste ist offen."'


@pytest.fixture
def copied(tmp_path: Path, settings: Settings) -> Path:
    """A copy of the German catalogue, to be spoilt."""
    path = tmp_path / "de" / "LC_MESSAGES" / "django.po"
    shutil.copytree(GERMAN.parent, path.parent)
    settings.LOCALE_PATHS = [tmp_path]
    return path


def check() -> str:
    """Return what the check says; it fails exactly if it says something."""
    said, failed = StringIO(), False
    try:
        call_command("translations", "--check", stderr=said)
    except CommandError:
        failed = True
    assert failed == bool(said.getvalue())
    return said.getvalue()


def test_the_german_is_complete(copied: Path) -> None:
    assert check() == ""


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        (SAID, "", "not in the catalogue: %(order)s is confirmed."),
        ("ist bestätigt", "%(status)s", "other placeholders than its source: %(order)s"),
        ("%(order)s ist bestätigt.", "", "not translated: %(order)s is confirmed."),
        (COUNTED, 'msgstr[0] ""', "not translated: A pick list is open."),
        (COUNTED, 'msgstr[0] "%(x)s"', "other placeholders than its source: A pick list is open."),
        ("Picklisten sind offen", "Listen sind offen", "django.mo is stale"),
        (SAID, f"#, fuzzy\n{SAID}", "fuzzy: %(order)s is confirmed."),
        (SAID, f'{SAID}\n\nmsgid "Gone"\nmsgstr "Weg"', "obsolete: Gone"),
        (SAID, f'{SAID}\n\n#~ msgid "Gone"\n#~ msgstr "Weg"', "obsolete: Gone"),
    ],
)
def test_what_is_wrong_with_a_language_is_said(
    copied: Path, before: str, after: str, fault: str
) -> None:
    text = copied.read_text()
    assert before in text
    copied.write_text(text.replace(before, after))

    said = check()

    assert f"de: {fault}" in said


def test_a_missing_compiled_catalogue_is_stale(copied: Path) -> None:
    copied.with_suffix(".mo").unlink()

    assert "django.mo is stale" in check()


def test_what_the_command_writes_says_what_it_found_and_no_more(copied: Path) -> None:
    before = copied.read_text()
    copied.write_text(f'{before.replace(SAID, "")}\nmsgid "Gone"\nmsgstr "Weg"\n')
    copied.with_suffix(".mo").unlink()

    call_command("translations", stderr=StringIO())

    assert copied.read_text() == before.replace("%(order)s ist bestätigt.", "")
    assert copied.with_suffix(".mo").exists()


def test_writing_again_changes_nothing(copied: Path) -> None:
    binary = copied.with_suffix(".mo").read_bytes()

    call_command("translations")

    assert copied.read_text() == GERMAN.read_text()
    assert copied.with_suffix(".mo").read_bytes() == binary


def test_messages_are_found_wherever_they_are_said(tmp_path: Path) -> None:
    (tmp_path / "views.py").write_text(
        'title = _("In Python, " "in two parts")\n'
        'ngettext("one", "many", 2)\npgettext("place", "From")\n_(title)\n'
    )
    (tmp_path / "page.html").write_text(
        '{% if a %}\n    <b title="{% translate "Tag" %}">{{ x|default:_("Filter") }}</b>\n'
        '  {% include "p" with name=_("Argument") %}{% endif %}\n'
        "{% blocktranslate trimmed count n=n %}\n  {{ n }} of\n  it{% plural %}{{ n }} of them\n"
        "{% endblocktranslate %}"
    )
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0001.py").write_text('_("Never")')

    found = catalogue.messages([tmp_path])

    assert [(one.id, one.context) for one in found if one.id] == [
        ("Tag", None),
        ("Filter", None),
        ("Argument", None),
        (("%(n)s of it", "%(n)s of them"), None),
        ("In Python, in two parts", None),
        (("one", "many"), None),
        ("From", "place"),
    ]
