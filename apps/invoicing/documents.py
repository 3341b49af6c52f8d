"""Invoices as PDF, set by Typst: a library with its fonts in a wheel, so no tool of the system."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import typst
from babel.dates import format_date

from apps.core.money import display
from apps.invoicing.models import Invoice

TEMPLATE = Path(__file__).parent / "typst" / "invoice.typ"


def draw_invoice(invoice: Invoice) -> bytes:
    """Return the PDF. The same invoice gives the same text, whenever it is drawn."""
    data = json.dumps(_as_shown(invoice))
    return typst.compile(
        TEMPLATE, format="pdf", sys_inputs={"invoice": data}, ignore_system_fonts=True
    )


def _as_shown(invoice: Invoice) -> dict[str, Any]:
    locale = invoice.organization.locale
    # A line shows what its unit price says: the price with tax, or the price without.
    with_tax = invoice.order.prices_include_tax

    def money(amount: int) -> str:
        return display(amount, invoice.currency, locale)

    return {
        "title": f"Invoice {invoice.label}",
        "number": invoice.label,
        "order": str(invoice.order.number),
        "date": format_date(invoice.issued_on, "long", locale=locale),
        "iso_date": invoice.issued_on.isoformat(),
        "seller": invoice.seller,
        "buyer": invoice.buyer,
        "lines": [
            {
                "sku": line["sku"],
                "name": line["name"],
                "quantity": str(line["quantity"]),
                "unit_price": plain(line["unit_price"]),
                "tax_rate": f"{plain(line['tax_rate'], 0)} %",
                "amount": money(line["gross" if with_tax else "net"]),
            }
            for line in invoice.lines
        ],
        "taxes": [
            {
                "label": f"Tax {plain(entry['rate'], 0)} % on {money(entry['net'])}",
                "amount": money(entry["tax"]),
            }
            for entry in invoice.tax_breakdown
        ],
        "basis": "Prices include tax." if with_tax else "Prices are without tax.",
        "net": money(invoice.net),
        "gross": money(invoice.gross),
        "currency": invoice.currency,
    }


def plain(number: str, places: int = 2) -> str:
    """Return a decimal without needless zeros, but with at least `places` of them."""
    shortest = Decimal(number).normalize()
    exponent = shortest.as_tuple().exponent
    digits = max(places, -exponent if isinstance(exponent, int) else 0)
    return f"{shortest:.{digits}f}"
