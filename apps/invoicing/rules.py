"""What a document is, and what keeps it from being an e-invoice: pure functions of its row."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.core.countries import countries
from apps.core.money import minor_digits, to_major
from apps.invoicing.models import Invoice
from apps.orders.models import Order

COUNTRIES = {code for code, _ in countries()}
# Greece and Northern Ireland number their traders under letters of their own, and the official
# rules forgot South Sudan.
VAT_PREFIXES = (COUNTRIES | {"EL", "XI"}) - {"SS"}
# EN 16931 knows cents, and no currency that has smaller coins.
DECIMALS_AT_MOST = 2
CENT = Decimal("0.01")


def may_invoice(order: Order) -> str:
    """Return what stands in the way of an invoice, or nothing."""
    if order.status in {Order.Status.CONFIRMED, Order.Status.COMPLETED}:
        return ""
    return _("%(order)s is not confirmed.") % {"order": order}


def standing(documents: Iterable[Invoice]) -> Invoice | None:
    """Return the one invoice of an order that has not been taken back, of all its documents."""
    documents = list(documents)
    reversed_ids = {one.corrects_id for one in documents if one.credit_id is None}
    invoices = [one for one in documents if not one.is_credit_note and one.pk not in reversed_ids]
    return invoices[0] if invoices else None


def state(invoice: Invoice, order: Order, *, stands: bool, today: date) -> str:
    """Return credited, paid, overdue or open: how far an invoice is. A credit note is issued."""
    if invoice.is_credit_note:
        return "issued"
    if not stands or order.is_void:
        return "credited"
    if order.balance <= 0:
        return "paid"
    return "overdue" if invoice.due_on and invoice.due_on < today else "open"


def missing_facts(organization: Organization) -> list[str]:
    """Return what keeps every document of an organization from being an e-invoice, in sentences."""
    seller = {
        "address": organization.address,
        "tax_id": organization.tax_id,
        "country": organization.country,
    }
    return _unfit(seller, organization.currency)


def obstacles(invoice: Invoice) -> list[str]:
    """Return what keeps a document from being an e-invoice (EN 16931); nothing when it is one."""
    found = _unfit(invoice.seller, invoice.currency)
    if not buyer_name(invoice):
        found.append(_("The buyer's name is missing."))
    if invoice.buyer.get("country") not in COUNTRIES:
        found.append(_("The buyer's country is missing."))
    if any(_strays(entry, invoice.currency) for entry in invoice.tax_breakdown):
        found.append(_("Its tax, rounded on each line, is too far from the rate of the sum."))
    return found


def buyer_name(invoice: Invoice) -> str:
    """Return what the buyer is called: an address for mail is better than nothing."""
    name: str = invoice.buyer["name"].strip() or invoice.buyer["email"]
    return name


def address_lines(party: Mapping[str, str]) -> list[str]:
    """Return the lines of an address, less a first one that only repeats the name."""
    lines = [line.strip() for line in party["address"].splitlines() if line.strip()]
    return lines[1:] if lines and lines[0] == party["name"].strip() else lines


def vat_id(tax_id: str) -> str:
    """Return a VAT identifier without its blanks, or nothing for a tax number of another kind."""
    compact = re.sub(r"[^0-9A-Z]", "", tax_id.upper())
    known = compact[:2] in VAT_PREFIXES and re.fullmatch(r"[A-Z]{2}(?=.*\d)[0-9A-Z]{2,14}", compact)
    return compact if known else ""


def _unfit(seller: Mapping[str, str], currency: str) -> list[str]:
    found = []
    if not seller["address"].strip():
        found.append(_("The seller's address is missing."))
    if not seller["tax_id"].strip():
        found.append(_("The seller's tax number is missing."))
    if seller.get("country") not in COUNTRIES:
        found.append(_("The seller's country is missing."))
    if minor_digits(currency) > DECIMALS_AT_MOST:
        found.append(
            _("%(currency)s has more than the two decimals that EN 16931 knows.")
            % {"currency": currency}
        )
    return found


def _strays(entry: Mapping[str, Any], currency: str) -> bool:
    # The rules (BR-CO-17, BR-S-09) let the tax of a rate stray by less than one: dollar or yen.
    exact = to_major(entry["net"], currency) * Decimal(entry["rate"]) / 100
    return abs(to_major(entry["tax"], currency) - exact.quantize(CENT, ROUND_HALF_UP)) >= 1
