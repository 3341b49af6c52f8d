"""Invoices: numbered without gaps when issued, drawn as PDF by the worker afterwards."""

import uuid
from collections import defaultdict
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.operations import next_number
from apps.core.errors import Refusal
from apps.events.models import Event
from apps.files import operations as files
from apps.invoicing.documents import draw_invoice
from apps.invoicing.models import Invoice, InvoiceDocument
from apps.orders import operations as orders
from apps.orders.models import Order, OrderLine

# Makes the key of a document out of its invoice: the same invoice always gets the same key.
DOCUMENTS = uuid.UUID("6f1f7d3e-42b7-4d7e-9d7d-0c8a5e0b7a11")


class NothingToInvoice(Refusal):
    pass


@transaction.atomic
def issue_invoice(*, order: Order) -> Invoice:
    """
    Issue the invoice of an order, or return the one it has.

    The number is drawn in this transaction and nothing slow happens in it, so numbers have no gaps
    and no queue forms. Raises NothingToInvoice for an order that is not confirmed.
    """
    order = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
    former = Invoice.objects.filter(order=order).first()
    if former is not None:
        return former
    if order.status not in {Order.Status.CONFIRMED, Order.Status.COMPLETED}:
        raise NothingToInvoice(f"{order} is not confirmed.")
    lines = list(order.lines.order_by("position"))
    organization = order.organization
    invoice = Invoice.objects.create(
        organization=organization,
        number=next_number(organization, "invoice"),
        order=order,
        issued_on=timezone.now().date(),
        currency=order.currency,
        seller={
            "name": organization.legal_name or organization.name,
            "address": organization.address,
            "tax_id": organization.tax_id,
        },
        buyer={
            "name": order.customer_name,
            "address": order.shipping_address,
            "email": order.email,
        },
        lines=[_frozen(line) for line in lines],
        tax_breakdown=_tax_breakdown(lines),
        net=order.net,
        tax=order.tax,
        gross=order.total,
    )
    orders.record_document(
        order=order,
        type="order.invoiced",
        actor=None,
        invoice_id=invoice.pk,
        invoice=invoice.label,
    )
    return invoice


def invoice_shipment(event: Event) -> None:
    """Issue the invoice of an order that was shipped. In the transaction of its delivery."""
    issue_invoice(order=Order.objects.get(pk=event.aggregate_id))


def render_invoice(event: Event) -> None:
    """Draw the PDF, store it, and say so. Acts outside; the second time it finds its own work."""
    invoice = Invoice.objects.select_related("organization", "order").get(
        pk=event.data["invoice_id"]
    )
    if InvoiceDocument.objects.filter(invoice=invoice).exists():
        return
    name = uuid.uuid5(DOCUMENTS, str(invoice.pk))
    file = files.store(
        organization=invoice.organization,
        key=f"{invoice.organization_id}/{invoice.issued_on.year}/{name}.pdf",
        name=f"{invoice.label}.pdf",
        content_type="application/pdf",
        body=draw_invoice(invoice),
    )
    _attach(invoice, file)


@transaction.atomic
def _attach(invoice: Invoice, file: Any) -> None:
    # The order's row is what two workers at once wait for; the second finds the document.
    order = Order.objects.select_for_update(no_key=True).get(pk=invoice.order_id)
    _, created = InvoiceDocument.objects.get_or_create(
        invoice=invoice, defaults={"organization": invoice.organization, "file": file}
    )
    if created:
        orders.record_document(
            order=order,
            type="order.invoice_rendered",
            actor=None,
            invoice_id=invoice.pk,
            invoice=invoice.label,
        )


def _frozen(line: OrderLine) -> dict[str, Any]:
    return {
        "position": line.position,
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "unit_price": f"{line.unit_price:f}",
        "tax_rate": f"{line.tax_rate:f}",
        "net": line.net,
        "tax": line.tax,
        "gross": line.gross,
    }


def _tax_breakdown(lines: list[OrderLine]) -> list[dict[str, Any]]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for line in lines:
        entry = sums[f"{line.tax_rate:f}"]
        entry[0] += line.net
        entry[1] += line.tax
    return [
        {"rate": rate, "net": net, "tax": tax, "gross": net + tax}
        for rate, (net, tax) in sorted(sums.items())
    ]
