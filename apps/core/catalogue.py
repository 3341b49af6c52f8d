"""
The words of the product: found in Python and templates, translated in one catalogue a language.

Babel does what GNU gettext would, so that neither a laptop nor a build needs it. The compiled
catalogue is kept beside its source for the same reason.
"""

import re
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

# Which arguments of a call are the message; a context stands before it.
CALLS = {
    "_": (0,),
    "gettext": (0,),
    "gettext_lazy": (0,),
    "gettext_noop": (0,),
    "ngettext": (0, 1),
    "ngettext_lazy": (0, 1),
    "pgettext": (1,),
    "pgettext_lazy": (1,),
    "npgettext": (1, 2),
}
# What operators read, and the rows of a demo, stay as they are.
NOT_FOR_PEOPLE = {"migrations", "management"}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|%[sd]|\{\w*\}")
# `templatize` leaves calls between blanked-out text.
CALL = re.compile(
    r"""\b(?:_|n?p?gettext)\((?:\s*(?:u?'(?:\\.|[^'\\])*'|u?"(?:\\.|[^"\\])*"|count)\s*,?)+\)"""
)


class Fault(NamedTuple):
    """What is wrong with one message of a catalogue."""

    what: str
    message: str

    def __str__(self) -> str:
        return f"{self.what}: {self.message}"


def messages(roots: list[Path]) -> Catalog:
    """Return every message that the code under `roots` may say."""
    found = Catalog()
    for path in sorted(path for root in roots for path in root.rglob("*")):
        if path.suffix in {".py", ".html", ".txt"} and not NOT_FOR_PEOPLE & set(path.parts):
            for context, texts in _messages_of(path):
                found.add(texts if len(texts) > 1 else texts[0], context=context)
    return found


def _messages_of(path: Path) -> Iterator[tuple[str | None, tuple[str, ...]]]:
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        source = "\n".join(CALL.findall(templatize(source, origin=str(path))))
    found = extract_python(BytesIO(source.encode()), CALLS, (), {})
    for _line, call, said, _comments in found:
        literals = [said] if isinstance(said, str) else list(said or ())
        wanted = CALLS[str(call)]
        texts = tuple(str(literals[i]) for i in wanted if i < len(literals) and literals[i])
        # Others are calls with a name, as in `_(title)`: what it stands for is marked elsewhere.
        if len(texts) == len(wanted):
            yield str(literals[0]) if wanted[0] else None, texts


def read(path: Path) -> Catalog:
    """Read a catalogue, with what is obsolete in it."""
    with path.open("rb") as source:
        return read_po(source, locale=path.parts[-3])


def updated(catalog: Catalog, wanted: Catalog) -> Catalog:
    """Return a catalogue of exactly the wanted messages, with the translations that are known."""
    fresh = Catalog(locale=catalog.locale, header_comment=catalog.header_comment, fuzzy=False)
    for message in _of(wanted):
        known = catalog.get(message.id, message.context)
        string = known.string if known and not known.fuzzy else None
        fresh.add(message.id, string or _nothing(message), context=message.context)
    return fresh


def _nothing(message: Message) -> str | tuple[str, str]:
    return ("", "") if message.pluralizable else ""


def written(catalog: Catalog) -> str:
    """Return the text of a catalogue, in the order of its messages and without any date."""
    text = BytesIO()
    write_po(text, catalog, width=98, no_location=True, sort_output=True, ignore_obsolete=True)
    kept = ("Content-T", "MIME-", "Plural-", "Language:")
    lines = text.getvalue().decode().splitlines(keepends=True)
    end = lines.index("\n")
    head = [
        line
        for line in lines[:end]
        if not re.match(r'"[A-Z][\w-]+:', line) or line.startswith(tuple(f'"{k}' for k in kept))
    ]
    return "".join(head + lines[end:])


def compiled(catalog: Catalog) -> bytes:
    text = BytesIO()
    write_mo(text, catalog)
    return text.getvalue()


def is_stale(path: Path, catalog: Catalog) -> bool:
    """Say whether a compiled catalogue is missing, or says something else than its source."""
    # Not byte by byte: the head has a date and the version of Babel.
    return not path.exists() or _said(path.read_bytes()) != _said(compiled(catalog))


def _said(binary: bytes) -> dict[tuple[str, str], str]:
    return {
        (_first(one.id), str(one.context)): str(one.string) for one in _of(read_mo(BytesIO(binary)))
    }


def faults(catalog: Catalog, wanted: Catalog) -> list[Fault]:
    """Return what keeps a catalogue from saying exactly what the product may want to say."""
    unknown = [
        Fault("not in the catalogue", _first(message.id))
        for message in _of(wanted)
        if not _same(catalog.get(message.id, message.context), message)
    ]
    present = [fault for message in _of(catalog) for fault in _faults_of(message, wanted)]
    obsolete = [Fault("obsolete", str(_first(key))) for key in catalog.obsolete]
    return unknown + present + obsolete


def _faults_of(message: Message, wanted: Catalog) -> Iterator[Fault]:
    name = _first(message.id)
    if not _same(wanted.get(message.id, message.context), message):
        yield Fault("obsolete", name)
    elif message.fuzzy:
        yield Fault("fuzzy", name)
    elif not _is_said(message.string):
        yield Fault("not translated", name)
    elif not _keeps_placeholders(message):
        yield Fault("other placeholders than its source", name)


def _same(found: Message | None, message: Message) -> bool:
    return found is not None and found.id == message.id


def _is_said(string: object) -> bool:
    return all(string) if isinstance(string, (tuple, list)) else bool(string)


def _keeps_placeholders(message: Message) -> bool:
    if not message.pluralizable:
        return _placeholders(message.id) == _placeholders(message.string)
    one, many = map(_placeholders, (message.id[0], message.id[1]))
    # "One parcel" needs no number where "%(count)s parcels" does, in any language.
    first, *others = map(_placeholders, message.string or ())
    return one - many <= first <= one | many and all(each == many for each in others)


def _placeholders(text: object) -> Counter[str]:
    return Counter(PLACEHOLDER.findall(str(text)))


def _first(id_: object) -> str:
    return str(id_[0] if isinstance(id_, (tuple, list)) else id_)


def _of(catalog: Catalog) -> Iterator[Message]:
    # The message of the empty name is the head of the file.
    return (message for message in catalog if message.id)
