"""Every word that people read can be said in their language: nothing in a template is bare."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template.base import Lexer, TokenType

from apps.orders.queries.queues import OWED
from config.reactions import REACTIONS

# Shows developers every component, in the language of the code; a tag chosen by a condition is no
# HTML before it is rendered.
FOR_DEVELOPERS = re.compile("styleguide|allauth/elements/button")
TEMPLATES = [
    path
    for path in sorted(Path("apps").glob("*/templates/**/*.html"))
    if not FOR_DEVELOPERS.search(str(path))
]
# Said the same in every language.
SAME_EVERYWHERE = {
    "Dozen",
    "English",
    "Deutsch",
    "Esc",
    "Ctrl",
    "Enter",
    "Shift",
    "API",
    "CSV",
    "PDF",
    "SKU",
    "JPEG",
    "PNG",
    "WebP",
    "Stripe",
}
READ_ALOUD = {"aria-label", "title", "placeholder", "alt", "data-label", "aria-description"}
# Machine words, shown as they are typed.
VERBATIM = {"code", "kbd", "samp", "script", "style"}
WORD = re.compile(r"[^\W\d_]{2,}")
CLASS_NAME = re.compile("[a-z]+(-[a-z]+)+")
# Texts in tags: given to a filter or an included template.
BARE_ARGUMENT = re.compile(r"""(?<!_\()(?:default|default_if_none|yesno|pluralize):(["'])(.*?)\1""")


class Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VERBATIM:
            self.open.append(tag)
        self.found += [value for name, value in attrs if value and name in READ_ALOUD]

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not self.open:
            self.found.append(data)


def bare_words(source: str) -> list[str]:
    """Return what a template says in its own words, outside the tags that translate."""
    html, arguments, translated = [], [], False
    for token in Lexer(source).tokenize():
        if token.token_type == TokenType.BLOCK:
            name = token.contents.split()[0]
            translated = name == "blocktranslate" or (translated and name != "endblocktranslate")
        if token.token_type == TokenType.TEXT and not translated:
            html.append(token.contents)
        elif token.token_type != TokenType.TEXT:
            # A mark that no attribute and no text is made of.
            html.append("\x1f")
            arguments += [found[1] for found in BARE_ARGUMENT.findall(token.contents)]
    parser = Words()
    parser.feed("".join(html))
    said = [text.strip() for text in parser.found + arguments]
    return [
        text
        for text in said
        if set(WORD.findall(text)) - SAME_EVERYWHERE and not CLASS_NAME.fullmatch(text)
    ]


@pytest.mark.parametrize("template", TEMPLATES, ids=str)
def test_a_template_says_nothing_that_cannot_be_translated(template: Path) -> None:
    assert bare_words(template.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "<p>Save</p>",
        '<p title="Save">{% translate "Save" %}</p>',
        "<p>{% if x %}{{ x }}{% else %}never{% endif %}</p>",
        "{% blocktranslate %}Save{% endblocktranslate %} it",
        '{{ x|default:"never" }}',
        "{{ n }} unit{{ n|pluralize:'s,es' }}",
    ],
)
def test_bare_words_are_found(source: str) -> None:
    assert bare_words(source)


def test_translated_words_are_not() -> None:
    source = (
        '<a title="{% translate "Save" %}" href="/save">{% blocktranslate count n=n %}'
        "One unit{% plural %}{{ n }} units{% endblocktranslate %}</a>"
        '{{ x|default:_("never") }}<code>dz_abc</code> Dozen 12 %'
    )

    assert bare_words(source) == []


def test_whatever_is_owed_has_a_name() -> None:
    assert {name for reactions in REACTIONS.values() for name in reactions} <= set(OWED)
