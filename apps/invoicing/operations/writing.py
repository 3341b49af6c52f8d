"""What documents say: copies of an order, a credit or another document, not numbered yet."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from apps.invoicing.models import Invoice
from apps.orders.models import Adjustment, Credit, Order, OrderLine

Part = dict[str, Any]

# What makes two invoices of an order the same; who was paid what has no part in it.
CONTENT = ("seller", "buyer", "lines", "charges", "net", "tax", "gross")


def invoice_of(order: Order, *, replaces: Invoice | None) -> Invoice:
    """Return an invoice over all that is wanted of a locked order."""
    lines = [_line(line) for line in order.lines.order_by("position") if line.wanted]
    charges = [
        _charge(one)
        for one in order.adjustments.order_by("position")
        if one.is_charge and one.gross
    ]
    return Invoice(
        kind=Invoice.Kind.INVOICE,
        series="invoice",
        replaces=replaces,
        prepaid=min(max(order.kept, 0), order.total),
        **_parties(order),
        **_amounts(lines, charges),
    )


def credit_note_of(credit: Credit, *, corrects: Invoice) -> Invoice:
    """Return the credit note that documents a credit; charges are lines of it like any other."""
    lines = [
        {"position": position, "unit_price": "", "discount": 0} | line
        for position, line in enumerate(credit.lines, start=1)
    ]
    note = _note(corrects, lines, [])
    note.credit, note.reason = credit, credit.reason
    return note


def reversal_of(invoice: Invoice, *, less: Iterable[Invoice] = ()) -> Invoice:
    """Return the credit note that takes back an invoice, less what these notes took back of it."""
    taken: dict[object, Part] = defaultdict(lambda: {"net": 0, "tax": 0})
    for line in (line for note in less for line in note.lines):
        for amount in ("net", "tax"):
            taken[_key(line)][amount] += line[amount]
    lines = [_less(line, taken[_key(line)]) for line in invoice.lines]
    charges = [_less(charge, taken[_key(charge)]) for charge in invoice.charges]
    return _note(invoice, [one for one in lines if one], [one for one in charges if one])


def says_the_same(one: Invoice, other: Invoice) -> bool:
    """Return whether two invoices of an order differ in nothing but their numbers and dates."""
    return all(getattr(one, name) == getattr(other, name) for name in CONTENT)


def _parties(order: Order) -> dict[str, Any]:
    organization = order.organization
    return {
        "organization": organization,
        "order": order,
        "currency": order.currency,
        "seller": {
            "name": organization.legal_name or organization.name,
            "address": organization.address,
            "tax_id": organization.tax_id,
            "country": organization.country,
        },
        "buyer": {
            "name": order.customer_name,
            "address": order.shipping_address,
            "email": order.email,
            "country": order.country or organization.country,
        },
    }


def _note(invoice: Invoice, lines: list[Part], charges: list[Part]) -> Invoice:
    return Invoice(
        kind=Invoice.Kind.CREDIT_NOTE,
        series="credit_note",
        corrects=invoice,
        organization=invoice.organization,
        order=invoice.order,
        currency=invoice.currency,
        seller=invoice.seller,
        buyer=invoice.buyer,
        **_amounts(lines, charges),
    )


def _amounts(lines: list[Part], charges: list[Part]) -> dict[str, Any]:
    parts = [*lines, *charges]
    return {
        "lines": lines,
        "charges": charges,
        "tax_breakdown": _tax_breakdown(parts),
        "net": sum(part["net"] for part in parts),
        "tax": sum(part["tax"] for part in parts),
        "gross": sum(part["gross"] for part in parts),
    }


def _line(line: OrderLine) -> Part:
    return {
        "position": line.position,
        "order_line": line.pk,
        "sku": line.sku,
        "name": line.name,
        "quantity": line.wanted,
        "unit_price": f"{line.unit_price:f}",
        "discount": line.discount,
        "tax_rate": f"{line.tax_rate:f}",
        "net": line.net,
        "tax": line.tax,
        "gross": line.gross,
    }


def _charge(charge: Adjustment) -> Part:
    return {
        "name": charge.label,
        "tax_rate": f"{charge.tax_rate:f}",
        "net": charge.net,
        "tax": charge.tax,
        "gross": charge.gross,
    }


def _key(part: Part) -> object:
    # A charge has no number of its own, so charges of one name and rate are one.
    return part.get("order_line") or (part["name"], part["tax_rate"])


def _less(part: Part, taken: Part) -> Part | None:
    """Return what is left of a part, and lower `taken` by what it had to give; None for nothing."""
    net, tax = min(part["net"], taken["net"]), min(part["tax"], taken["tax"])
    if not net and not tax:
        return part
    taken["net"] -= net
    taken["tax"] -= tax
    left = {"net": part["net"] - net, "tax": part["tax"] - tax}
    if not any(left.values()):
        return None
    # What is left is an amount: it is no longer quantity times price less discount.
    amount_only = {"quantity": None, "unit_price": "", "discount": 0} if "sku" in part else {}
    return part | left | {"gross": left["net"] + left["tax"]} | amount_only


def _tax_breakdown(parts: Sequence[Part]) -> list[Part]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for part in parts:
        entry = sums[part["tax_rate"]]
        entry[0] += part["net"]
        entry[1] += part["tax"]
    return [
        {"rate": rate, "net": net, "tax": tax, "gross": net + tax}
        for rate, (net, tax) in sorted(sums.items(), key=lambda one: Decimal(one[0]))
    ]
