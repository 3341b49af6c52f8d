"""A letter, and how it is set: once as text, once as HTML, from the same words."""

from collections.abc import Sequence
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.translation import get_language

from apps.accounts.models import Organization


class Link(NamedTuple):
    words: str
    address: str


class Row(NamedTuple):
    """A line of a table: what it is about, and what stands at its end, if anything."""

    words: str
    amount: str = ""
    is_total: bool = False


class Letter(NamedTuple):
    """
    What a message says, in plain words: nothing in it is HTML.

    `preheader` is what a list of mails shows beside the subject. `action` is the one thing to do,
    `links` are further ones, and `postscript` is what stands small below them.
    """

    subject: str
    preheader: str
    paragraphs: Sequence[str]
    name: str = ""
    rows: Sequence[Row] = ()
    action: Link | None = None
    links: Sequence[Link] = ()
    postscript: Sequence[str] = ()


class Written(NamedTuple):
    subject: str
    body: str
    html: str


def written(letter: Letter, organization: Organization | None) -> Written:
    """Set a letter of an organization, or of ours, in the language that is spoken."""
    facts = {"letter": letter, "organization": organization, "language": get_language()}
    return Written(
        letter.subject,
        render_to_string("mail/letter.txt", facts).strip() + "\n",
        render_to_string("mail/letter.html", facts),
    )
