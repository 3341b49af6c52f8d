"""A document as PDF, set by Typst: a library with its fonts in a wheel, no tool of the system."""

import io
import json
from decimal import Decimal
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import typst
from babel.dates import format_date

from apps.core.money import display
from apps.invoicing.documents.cii import LEVEL, payment_terms, write_cii
from apps.invoicing.models import Invoice

TEMPLATE = Path(__file__).parent / "typst" / "invoice.typ"


def draw(invoice: Invoice) -> bytes:
    """
    Return the PDF: PDF/A-3, with the same facts as EN 16931 data inside (Factur-X).

    Where a fact for that is missing it is a PDF and no more; `rules.obstacles` says which.
    """
    pdf: bytes = typst.compile(
        TEMPLATE,
        format="pdf",
        pdf_standards=["a-3b"],
        sys_inputs={"invoice": json.dumps(as_shown(invoice))},
        ignore_system_fonts=True,
        timestamp=int(invoice.created_at.timestamp()),
    )
    xml = write_cii(invoice)
    return pdf if xml is None else _with_data(pdf, xml)


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
    """Return what the page says, in the words and figures of the seller's locale."""
    locale = invoice.organization.locale
    # A line shows what its unit price says: the price with tax, or the price without.
    amount = "gross" if invoice.order.prices_include_tax else "net"

    def money(minor: int) -> str:
        return display(minor, invoice.currency, locale)

    def day(one: Any) -> str:
        return format_date(one, "long", locale=locale) if one else ""

    return {
        "kind": invoice.get_kind_display(),
        "title": f"{invoice.get_kind_display()} {invoice.label}",
        "number": invoice.label,
        "order": str(invoice.order.number),
        "date": day(invoice.issued_on),
        "due": "" if not invoice.payable else day(invoice.due_on),
        "terms": payment_terms(invoice),
        "reason": invoice.reason,
        "corrects": _former(invoice),
        "seller": {key: clean(value) for key, value in invoice.seller.items()},
        "buyer": {key: clean(value) for key, value in invoice.buyer.items()},
        "lines": [
            {
                "sku": clean(line["sku"]),
                "name": clean(line["name"]),
                "quantity": str(line["quantity"] or ""),
                "unit_price": plain(line["unit_price"]) if line["unit_price"] else "",
                "discount": money(-line["discount"]) if line.get("discount") else "",
                "tax_rate": f"{plain(line['tax_rate'], 0)} %",
                "amount": money(line[amount]),
            }
            for line in invoice.lines
        ],
        "discounted": any(line.get("discount") for line in invoice.lines),
        "charges": [
            {
                "name": clean(charge["name"]),
                "tax_rate": f"{plain(charge['tax_rate'], 0)} %",
                "amount": money(charge[amount]),
            }
            for charge in invoice.charges
        ],
        "taxes": [
            {
                "label": f"Tax {plain(entry['rate'], 0)} % on {money(entry['net'])}",
                "amount": money(entry["tax"]),
            }
            for entry in invoice.tax_breakdown
        ],
        "basis": "Prices include tax." if amount == "gross" else "Prices are without tax.",
        "net": money(invoice.net),
        "gross": money(invoice.gross),
        "prepaid": money(-invoice.prepaid) if invoice.prepaid else "",
        "payable": money(invoice.payable),
    }


def _former(invoice: Invoice) -> str:
    if invoice.corrects is not None:
        return f"Corrects {invoice.corrects.label}"
    return f"Replaces {invoice.replaces.label}" if invoice.replaces is not None else ""


def clean(text: str) -> str:
    """Return text without what no font has a shape for and PDF/A therefore forbids."""
    return "".join(c for c in text if c == "\n" or c.isprintable())


def plain(number: str, places: int = 2) -> str:
    """Return a decimal without needless zeros, but with at least `places` of them."""
    shortest = Decimal(number).normalize()
    exponent = shortest.as_tuple().exponent
    digits = max(places, -exponent if isinstance(exponent, int) else 0)
    return f"{shortest:.{digits}f}"
