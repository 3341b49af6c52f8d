"""
A document as EN 16931 data in the syntax of Factur-X (UN/CEFACT CII).

Keys are the terms of the standard: BT-112 is the total with tax. docs/decisions/0006 says which of
our facts went where.
"""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.money import half_up, minor_digits, to_major
from apps.invoicing import rules
from apps.invoicing.models import Invoice

LEVEL = "en16931"
TYPES = {Invoice.Kind.INVOICE: "380", Invoice.Kind.CREDIT_NOTE: "381"}
PIECE = "C62"
# Enough for the price of one of a million to multiply back to the cent.
PRICE_PLACES = range(2, 13)
# What XML cannot hold, whatever somebody pasted into a name.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

Terms = dict[str, Any]


def write_cii(invoice: Invoice) -> bytes | None:
    """Return the XML of a document, or None when a fact it would have to state is missing."""
    if rules.obstacles(invoice):
        return None
    # A quarter of a second and 17 MB, which a process that draws no documents need not spend.
    from facturx.generate_xml import generate_cii_xml  # type: ignore[import-untyped]

    xml: bytes = generate_cii_xml(
        _printable(_terms(invoice)), level=LEVEL, check_xsd=True, check_schematron=False
    )
    return xml


def _terms(invoice: Invoice) -> Terms:
    # An invoice has lines (BR-16). One of nothing but shipping has its charges as lines.
    lines = invoice.lines or invoice.charges
    charges = invoice.charges if invoice.lines else []
    return {
        "BT-1": invoice.label,
        "BT-2": invoice.issued_on,
        "BT-3": TYPES[Invoice.Kind(invoice.kind)],
        "BT-5": invoice.currency,
        "BT-9": invoice.due_on,
        "BT-14": str(invoice.order.number),
        "BT-20": payment_terms(invoice),
        "BG-1": [{"BT-22": invoice.reason}] if invoice.reason else [],
        "BG-3": _preceding(invoice),
        "BG-4": _seller(invoice.seller),
        "BG-7": _buyer(invoice),
        # The one address we know of a buyer is where the goods went.
        "BG-13": _buyer_party(invoice),
        "BG-21": [_charge(charge, invoice) for charge in charges],
        "BG-23": [_tax(entry, invoice.currency) for entry in invoice.tax_breakdown],
        "BG-25": [_line(number, line, invoice) for number, line in enumerate(lines, start=1)],
        **_sums(invoice, lines, charges),
    }


def payment_terms(invoice: Invoice) -> str:
    """Return one sentence: what is to be done about the amount."""
    if invoice.corrects is not None:
        return _("Set off against %(invoice)s or paid back.") % {"invoice": invoice.corrects.label}
    if not invoice.payable:
        return _("Paid in full. Nothing is due.")
    days = (invoice.due_on - invoice.issued_on).days if invoice.due_on else 0
    if not days:
        return _("Payable at once.")
    said = ngettext(
        "Payable within %(days)s day, without deduction.",
        "Payable within %(days)s days, without deduction.",
        days,
    )
    return said % {"days": days}


def _sums(invoice: Invoice, lines: list[Terms], charges: list[Terms]) -> Terms:
    def money(amount: int) -> str:
        return str(to_major(amount, invoice.currency))

    sums = {
        "BT-106": money(sum(line["net"] for line in lines)),
        "BT-109": money(invoice.net),
        "BT-110": money(invoice.tax),
        "BT-112": money(invoice.gross),
        "BT-115": money(invoice.payable),
    }
    if charges:
        sums["BT-108"] = money(sum(charge["net"] for charge in charges))
    if invoice.prepaid:
        sums["BT-113"] = money(invoice.prepaid)
    return sums


def _seller(seller: Mapping[str, str]) -> Terms:
    known = rules.vat_id(seller["tax_id"])
    registered = (
        {"vat_identifier": known}
        if known
        # A tax number that is no VAT identifier does not name the seller by itself (BR-CO-26).
        else {"tax_identifier": seller["tax_id"], "identifiers": {None: seller["tax_id"]}}
    )
    return _party(seller["name"], seller) | registered


def _buyer(invoice: Invoice) -> Terms:
    email = invoice.buyer["email"]
    return _buyer_party(invoice) | ({"contacts": [{"email": email}]} if email else {})


def _buyer_party(invoice: Invoice) -> Terms:
    return _party(rules.buyer_name(invoice), invoice.buyer)


def _party(name: str, party: Mapping[str, str]) -> Terms:
    # An address is kept as it was typed. What is street and what is town only a person can tell.
    first, second, *rest = [*rules.address_lines(party), "", ""]
    lines = {"addr_l1": first, "addr_l2": second, "addr_l3": ", ".join(filter(None, rest))}
    return {"name": name, "country_code": party["country"]} | lines


def _preceding(invoice: Invoice) -> list[Terms]:
    former = invoice.corrects or invoice.replaces
    return [{"BT-25": former.label, "BT-26": former.issued_on}] if former else []


def _line(number: int, line: Terms, invoice: Invoice) -> Terms:
    quantity = line.get("quantity") or 1
    allowance = _net_discount(line, invoice)
    terms = {
        "BT-126": str(number),
        "BT-129": str(quantity),
        "BT-130": PIECE,
        "BT-131": str(to_major(line["net"], invoice.currency)),
        "BT-146": _unit_price(line["net"] + allowance, quantity, invoice.currency),
        "BT-151": _category(line["tax_rate"]),
        "BT-152": _percent(line["tax_rate"]),
        "BT-153": line["name"].strip() or line.get("sku") or _("Item"),
        "BT-155": line.get("sku", ""),
    }
    if allowance:
        amount = str(to_major(allowance, invoice.currency))
        terms["BG-27"] = [{"amount": amount, "reason": _("Discount"), "reason_code": "95"}]
    return terms


def _net_discount(line: Terms, invoice: Invoice) -> int:
    """Return a line's discount without tax: prices in the standard are without, ours need not."""
    discount: int = line.get("discount", 0)
    if not discount or not invoice.order.prices_include_tax:
        return discount
    before = half_up((line["gross"] + discount) * 100 / (100 + Decimal(line["tax_rate"])))
    net: int = line["net"]
    # A discount smaller than what rounding moves is none.
    return max(before - net, 0)


def _unit_price(amount: int, quantity: int, currency: str) -> str:
    """Return the shortest net price that, times the quantity, comes to the amount."""
    exact = to_major(amount, currency) / quantity
    for places in PRICE_PLACES:
        price = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        if half_up((price * quantity).scaleb(minor_digits(currency))) == amount:
            return str(price)
    return str(exact)


def _charge(charge: Terms, invoice: Invoice) -> Terms:
    return {
        "amount": str(to_major(charge["net"], invoice.currency)),
        "reason": charge["name"].strip() or _("Charge"),
        "vat_category_code": _category(charge["tax_rate"]),
        "vat_rate": _percent(charge["tax_rate"]),
    }


def _tax(entry: Terms, currency: str) -> Terms:
    return {
        "BT-116": str(to_major(entry["net"], currency)),
        "BT-117": str(to_major(entry["tax"], currency)),
        "BT-118": _category(entry["rate"]),
        "BT-119": _percent(entry["rate"]),
    }


def _category(rate: str) -> str:
    # All we know of a rate of nothing is that it is nothing: Z says that and claims no exemption.
    return "S" if Decimal(rate) else "Z"


def _percent(rate: str) -> str:
    return f"{Decimal(rate).normalize():f}"


def _printable(terms: Any) -> Any:
    if isinstance(terms, str):
        return UNPRINTABLE.sub(" ", terms)
    if isinstance(terms, list):
        return [_printable(one) for one in terms]
    if isinstance(terms, dict):
        return {key: _printable(value) for key, value in terms.items()}
    return terms
