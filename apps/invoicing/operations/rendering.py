"""The PDFs of documents: drawn by the worker, stored once, never drawn over."""

import uuid
from typing import Any

from django.db import transaction

from apps.events.models import Event
from apps.files import operations as files
from apps.invoicing.documents import draw
from apps.invoicing.models import Invoice, InvoiceDocument
from apps.orders import operations as orders

# Makes the key of a document out of its invoice: the same invoice always gets the same key.
DOCUMENTS = uuid.UUID("6f1f7d3e-42b7-4d7e-9d7d-0c8a5e0b7a11")
RENDERED = {
    Invoice.Kind.INVOICE: "order.invoice_rendered",
    Invoice.Kind.CREDIT_NOTE: "order.credit_note_rendered",
}


def render_invoice(event: Event) -> None:
    """Draw the PDF, store it, and say so. Acts outside; the second time it finds its own work."""
    invoice = Invoice.objects.select_related("organization", "order", "corrects", "replaces").get(
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
        body=draw(invoice),
    )
    _attach(invoice, file)


@transaction.atomic
def _attach(invoice: Invoice, file: Any) -> None:
    # The order's row is what two workers at once wait for; the second finds the document.
    order = orders.lock_order(invoice.order)
    _, created = InvoiceDocument.objects.get_or_create(
        invoice=invoice, defaults={"organization": invoice.organization, "file": file}
    )
    if created:
        orders.record_document(
            order=order,
            type=RENDERED[Invoice.Kind(invoice.kind)],
            actor=None,
            invoice_id=invoice.pk,
            invoice=invoice.label,
        )
