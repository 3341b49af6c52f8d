"""
Invoices and credit notes, numbered without gaps.

At every moment the invoices of an order less its credit notes are what its customer has to pay in
all, once the reactions to what happened have run.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction

from apps.accounts.models import Organization, User
from apps.accounts.operations import next_number
from apps.core.errors import Refusal
from apps.events.models import Event
from apps.invoicing import queries, rules
from apps.invoicing.models import Invoice
from apps.invoicing.operations import writing
from apps.orders import operations as orders
from apps.orders.models import Credit, Order

ISSUED = {
    Invoice.Kind.INVOICE: "order.invoiced",
    Invoice.Kind.CREDIT_NOTE: "order.credit_note_issued",
}


class NothingToInvoice(Refusal):
    pass


@transaction.atomic
def issue_invoice(*, order: Order, issued_by: User | None = None) -> Invoice:
    """
    Issue the invoice of an order, or return the one that stands.

    What was credited before gets its credit notes with it. The numbers are drawn in this
    transaction and nothing slow happens in it, so they have no gaps and no queue forms. Raises
    NothingToInvoice for an order that is not confirmed.
    """
    order = orders.lock_order(order)
    standing = queries.standing_invoice(order)
    if standing is not None:
        return standing
    if reason := rules.may_invoice(order):
        raise NothingToInvoice(reason)
    invoice = writing.invoice_of(order, replaces=queries.last_invoice(order))
    undocumented = order.credits.filter(credit_note=None).order_by("pk")
    notes = [writing.credit_note_of(credit, corrects=invoice) for credit in undocumented]
    _issue(order, [invoice, *notes], issued_by)
    return invoice


@transaction.atomic
def issue_credit_note(*, credit: Credit) -> Invoice | None:
    """
    Issue the credit note of a credit, or return the one it has.

    None while the order has no invoice: there is nothing to correct yet.
    """
    order = orders.lock_order(credit.order)
    former = Invoice.objects.filter(credit=credit).first()
    standing = queries.standing_invoice(order)
    if former is not None or standing is None:
        return former
    note = writing.credit_note_of(credit, corrects=standing)
    _issue(order, [note])
    return note


@transaction.atomic
def correct_invoice(*, order: Order) -> Invoice | None:
    """
    Make the documents of an invoiced order say what the order says; return what stands then.

    An invoice that says something else is reversed by a credit note, and a new one takes its place;
    that of a void order is reversed as far as credits have left something of it.
    """
    order = orders.lock_order(order)
    standing = queries.standing_invoice(order)
    if standing is None:
        return None
    if order.is_void:
        rest = writing.reversal_of(standing, less=queries.credit_notes(order))
        rest.reason = order.closed_reason
        _issue(order, [rest] if rest.gross else [])
        return None
    fresh = writing.invoice_of(order, replaces=standing)
    if writing.says_the_same(fresh, standing):
        return standing
    _issue(order, [writing.reversal_of(standing), fresh])
    return fresh


def invoice_shipment(event: Event) -> None:
    """Issue the invoice of an order that was shipped. In the transaction of its delivery."""
    issue_invoice(order=Order.objects.get(pk=event.aggregate_id))


def document_credit(event: Event) -> None:
    """Issue the credit note of what was credited. In the transaction of its delivery."""
    issue_credit_note(credit=Credit.objects.select_related("order").get(pk=event.data["credit_id"]))


def correct_documents(event: Event) -> None:
    """Bring the invoice of an order in line with its change. In the transaction of its delivery."""
    correct_invoice(order=Order.objects.get(pk=event.aggregate_id))


def _issue(order: Order, documents: Sequence[Invoice], issued_by: User | None = None) -> None:
    """Number, date and save documents of a locked order, in the order they are given."""
    # Counters are locked by their keys in one order, so that no two transactions wait for each
    # other; behind this lock no other document of the series can get an earlier number.
    for document in sorted(documents, key=lambda one: one.series):
        document.number = next_number(order.organization, document.series)
        document.issued_on = _day_of_issue(order.organization, document)
    for document in documents:
        if not document.is_credit_note:
            terms = timedelta(days=order.organization.payment_terms_days)
            document.due_on = document.issued_on + terms
        document.save(force_insert=True)
        orders.record_document(
            order=order,
            type=ISSUED[Invoice.Kind(document.kind)],
            actor=issued_by,
            invoice_id=document.pk,
            invoice=document.label,
            amount=document.gross,
        )


def _day_of_issue(organization: Organization, document: Invoice) -> date:
    # By the seller's calendar, and never before the number before: clocks of two machines differ.
    today = organization.today()
    return max(today, queries.last_day_of_issue(organization, document.series) or today)
