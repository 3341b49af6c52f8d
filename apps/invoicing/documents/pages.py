"""A document as PDF, set by Typst: a library with its fonts in a wheel, no tool of the system."""

import io
import json
import string
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import typst
from babel.dates import format_date
from babel.numbers import format_decimal
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from apps.core.countries import abroad
from apps.core.languages import figures, speaking
from apps.core.money import display, minor_digits
from apps.invoicing import rules
from apps.invoicing.documents.cii import LEVEL, payment_terms, write_cii
from apps.invoicing.models import Invoice

PLAIN = frozenset(string.ascii_letters + string.digits + string.punctuation + " \n")
LATIN = frozenset(map(chr, [*range(0xA1, 0x180), 0x2013, 0x20AC])) - {"\xad"}
# What stands on the page for a character of a script that our fonts lack. The data has it right.
MISSING = "□"
# What the page calls its parts.
WORDS = {
    "tax_id": gettext_lazy("Tax ID"),
    "page": gettext_lazy("Page"),
    "of": pgettext_lazy("page 1 of 2", "of"),
    "billed_to": gettext_lazy("Billed to"),
    "issued": gettext_lazy("Issued"),
    "due": gettext_lazy("Due"),
    "order": gettext_lazy("Order"),
    "number": gettext_lazy("No."),
    "reason": gettext_lazy("Reason"),
    "item": gettext_lazy("Item"),
    "quantity": gettext_lazy("Qty"),
    "unit_price": gettext_lazy("Unit price"),
    "discount": gettext_lazy("Discount"),
    "tax": gettext_lazy("Tax"),
    "amount": gettext_lazy("Amount"),
    "net": gettext_lazy("Net"),
    "total": gettext_lazy("Total"),
    "prepaid": gettext_lazy("Paid already"),
    "payable": gettext_lazy("Still to pay"),
}
TEMPLATE = (Path(__file__).parent / "typst" / "invoice.typ").read_bytes()


def draw(invoice: Invoice) -> bytes:
    """
    Return the PDF: PDF/A-3, with the same facts as EN 16931 data inside (Factur-X).

    Where a fact for that is missing it is a PDF and no more; `rules.obstacles` says which.
    """
    with speaking(invoice.organization.locale):
        pdf = _typeset(as_shown(invoice), timestamp=int(invoice.created_at.timestamp()))
        xml = write_cii(invoice)
    return pdf if xml is None else _with_data(pdf, xml)


def _typeset(data: Any, *, timestamp: int) -> bytes:
    # PDF/A refuses what our fonts have no shape for, and only the typesetter knows its fonts. So it
    # is asked: for all as it is, then for each character, at last for what every font can write.
    for write in (str, _shown, _in_latin):
        try:
            return _compiled(TEMPLATE, json.dumps(_each_text(data, write)), timestamp)
        except typst.TypstError as error:
            refused = error
    raise refused


def _compiled(source: bytes, data: str, timestamp: int) -> bytes:
    pdf: bytes = typst.compile(
        source,
        format="pdf",
        pdf_standards=["a-3b"],
        sys_inputs={"invoice": data},
        ignore_system_fonts=True,
        timestamp=timestamp,
    )
    return pdf


def _with_data(pdf: bytes, xml: bytes) -> bytes:
    from facturx import generate_from_file  # type: ignore[import-untyped]

    # Into a file of its own: given a buffer to change, the library appends a second PDF to it.
    with NamedTemporaryFile(suffix=".pdf") as both:
        generate_from_file(
            io.BytesIO(pdf),
            xml,
            flavor="factur-x",
            level=LEVEL,
            check_xsd=False,
            # What a person reads and what a program reads are the same document twice.
            afrelationship="alternative",
            output_pdf_file=both.name,
        )
        return both.read()


def as_shown(invoice: Invoice) -> dict[str, Any]:
    """Return what the page says, in the language that is spoken, with the seller's figures."""
    locale = figures(invoice.organization.locale)
    # A line shows what its unit price says: the price with tax, or the price without.
    amount = "gross" if invoice.order.prices_include_tax else "net"

    def money(minor: int) -> str:
        return display(minor, invoice.currency, locale)

    def number(one: str | int | None, places: int) -> str:
        # So many places at least, and no more than a unit price has.
        pattern = f"#,##0.{'0' * places:#<6}"
        return format_decimal(Decimal(one), pattern, locale=locale) if one else ""

    def day(one: Any) -> str:
        return format_date(one, "long", locale=locale) if one else ""

    return {
        "language": get_language(),
        "words": {name: str(word) for name, word in WORDS.items()},
        "kind": invoice.get_kind_display(),
        "title": f"{invoice.get_kind_display()} {invoice.label}",
        "number": invoice.label,
        "order": str(invoice.order.number),
        "date": day(invoice.issued_on),
        "due": "" if not invoice.payable else day(invoice.due_on),
        "terms": payment_terms(invoice),
        "reason": invoice.reason,
        "corrects": _former(invoice),
        "seller": _party(invoice.seller),
        "buyer": _party(
            invoice.buyer,
            *abroad(invoice.buyer.get("country", ""), invoice.seller.get("country", ""), locale),
        ),
        "lines": [
            {
                "sku": line["sku"],
                "name": line["name"],
                "quantity": number(line["quantity"], 0),
                "unit_price": number(line["unit_price"], minor_digits(invoice.currency)),
                "discount": money(-line["discount"]) if line.get("discount") else "",
                "tax_rate": f"{number(line['tax_rate'], 0)} %",
                "amount": money(line[amount]),
            }
            for line in invoice.lines
        ],
        "charges": [
            {
                "name": charge["name"],
                "tax_rate": f"{number(charge['tax_rate'], 0)} %",
                "amount": money(charge[amount]),
            }
            for charge in invoice.charges
        ],
        "taxes": [
            {
                "label": _("Tax %(rate)s %% on %(net)s")
                % {"rate": number(entry["rate"], 0), "net": money(entry["net"])},
                "amount": money(entry["tax"]),
            }
            for entry in invoice.tax_breakdown
        ],
        "basis": _("Prices include tax.") if amount == "gross" else _("Prices are without tax."),
        "net": money(invoice.net),
        "gross": money(invoice.gross),
        "prepaid": money(-invoice.prepaid) if invoice.prepaid else "",
        "payable": money(invoice.payable),
    }


def _party(party: dict[str, str], *more: str) -> dict[str, str]:
    return party | {"address": "\n".join([*rules.address_lines(party), *more])}


def _former(invoice: Invoice) -> str:
    if invoice.corrects is not None:
        return _("Corrects %(invoice)s") % {"invoice": invoice.corrects.label}
    if invoice.replaces is not None:
        return _("Replaces %(invoice)s") % {"invoice": invoice.replaces.label}
    return ""


def _each_text(data: Any, write: Callable[[str], str]) -> Any:
    if isinstance(data, str):
        return write(data)
    if isinstance(data, list):
        return [_each_text(one, write) for one in data]
    if isinstance(data, dict):
        return {key: _each_text(value, write) for key, value in data.items()}
    return data


def _shown(text: str) -> str:
    return "".join(one if one in PLAIN or _has_shape(one) else _stand_in(one) for one in text)


def _in_latin(text: str) -> str:
    return "".join(one if one in PLAIN or one in LATIN else _stand_in(one) for one in text)


@lru_cache(maxsize=4096)
def _has_shape(character: str) -> bool:
    try:
        _compiled(b"#sys.inputs.invoice", character, timestamp=0)
    except typst.TypstError:
        return False
    return True


def _stand_in(character: str) -> str:
    if character.isspace():
        return " "
    return MISSING if character.isprintable() else ""
