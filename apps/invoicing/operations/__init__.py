"""Documents: `issuing` numbers them without gaps, `rendering` draws them, `reminding` asks."""

from apps.invoicing.operations.issuing import (
    NothingToInvoice,
    correct_documents,
    correct_invoice,
    document_credit,
    invoice_shipment,
    issue_credit_note,
    issue_invoice,
)
from apps.invoicing.operations.reminding import remind_of_unpaid_invoices
from apps.invoicing.operations.rendering import render_invoice

__all__ = [
    "NothingToInvoice",
    "correct_documents",
    "correct_invoice",
    "document_credit",
    "invoice_shipment",
    "issue_credit_note",
    "issue_invoice",
    "remind_of_unpaid_invoices",
    "render_invoice",
]
