from datetime import date
from decimal import Decimal

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from ninja import Router, Schema, Status

from apps.accounts.access import ApiRequest
from apps.core.errors import Refusal
from apps.files import s3
from apps.invoicing import operations, queries, rules
from apps.invoicing.models import Invoice
from apps.orders.api import order_of
from apps.orders.models import Order

router = Router()


class DocumentNotReady(Refusal):
    pass


class FileServiceAway(Refusal):
    status = 503


class InvoiceLineOut(Schema):
    position: int
    sku: str
    name: str
    quantity: int | None
    unit_price: str
    discount: int = 0
    tax_rate: Decimal
    net: int
    tax: int
    gross: int


class ChargeOut(Schema):
    name: str
    tax_rate: Decimal
    net: int
    tax: int
    gross: int


class TaxOut(Schema):
    rate: Decimal
    net: int
    tax: int
    gross: int


class InvoiceSummary(Schema):
    number: str
    kind: Invoice.Kind
    # credited, paid, overdue or open; a credit note is issued.
    state: str
    corrects: str | None
    reason: str
    issued_on: date
    due_on: date | None
    currency: str
    net: int
    tax: int
    gross: int
    prepaid: int
    # Where the PDF is, or nothing while it is being drawn.
    document: str | None


class InvoiceOut(InvoiceSummary):
    order: int
    seller: dict[str, str]
    buyer: dict[str, str]
    lines: list[InvoiceLineOut]
    charges: list[ChargeOut]
    tax_breakdown: list[TaxOut]
    # Why the PDF carries no EN 16931 data; empty when it does.
    obstacles: list[str]


@router.get(
    "/orders/{int:number}/invoices",
    response=list[InvoiceSummary],
    summary="Invoices and credit notes of an order, oldest first",
)
def list_invoices(request: ApiRequest, number: int) -> list[dict[str, object]]:
    order = get_object_or_404(_placed(request), number=number)
    documents = list(queries.documents_of(order))
    standing = rules.standing(documents)
    return [_summary(one, order, stands=one == standing) for one in documents]


@router.post(
    "/orders/{int:number}/invoices",
    response={201: InvoiceOut, 200: InvoiceOut},
    summary="Issue the invoice of an order now",
)
def issue_invoice(request: ApiRequest, number: int) -> Status[dict[str, object]]:
    """Answer 200 with the invoice that stands when the order has one already."""
    order = order_of(request, number)
    former = queries.standing_invoice(order)
    invoice = operations.issue_invoice(order=order)
    return Status(200 if former == invoice else 201, _in_full(invoice.pk, order))


@router.get("/invoices/{label}", response=InvoiceOut, summary="One invoice or credit note")
def show_invoice(request: ApiRequest, label: str) -> dict[str, object]:
    invoice = get_object_or_404(queries.labelled(request.organization, label))
    return _in_full(invoice.pk, invoice.order)


@router.get(
    "/invoices/{label}/document",
    response={302: None},
    summary="Its PDF",
    url_name="invoice_document",
)
def show_document(request: ApiRequest, label: str) -> HttpResponse:
    """Redirect to the PDF at the file service, under a link that ends after five minutes."""
    invoice = get_object_or_404(
        queries.labelled(request.organization, label).select_related("document__file")
    )
    if not hasattr(invoice, "document"):
        raise DocumentNotReady(f"{invoice} is being prepared. Try again in a moment.")
    file = invoice.document.file
    try:
        link = s3.download_link(file.key, name=file.name, content_type=file.content_type)
    except s3.StoreAway as away:
        raise FileServiceAway("The file service is not available. Try again in a moment.") from away
    response = redirect(link)
    # The link ends after minutes; a remembered redirect would lead nowhere.
    response["Cache-Control"] = "no-store"
    return response


def _placed(request: ApiRequest) -> QuerySet[Order]:
    return request.organization.orders.exclude(status=Order.Status.DRAFT)


def _in_full(invoice_id: int, order: Order) -> dict[str, object]:
    documents = list(queries.documents_of(order))
    invoice = next(one for one in documents if one.pk == invoice_id)
    content = ("seller", "buyer", "lines", "charges", "tax_breakdown")
    return {
        **_summary(invoice, order, stands=invoice == rules.standing(documents)),
        "order": order.number,
        **{name: getattr(invoice, name) for name in content},
        "obstacles": rules.obstacles(invoice),
    }


def _summary(invoice: Invoice, order: Order, *, stands: bool) -> dict[str, object]:
    path = reverse("api-1:invoice_document", args=[invoice.label])
    today = order.organization.today()
    same = ("kind", "reason", "issued_on", "due_on", "currency", "net", "tax", "gross", "prepaid")
    return {
        "number": invoice.label,
        "state": rules.state(invoice, order, stands=stands, today=today),
        "corrects": invoice.corrects.label if invoice.corrects else None,
        **{name: getattr(invoice, name) for name in same},
        "document": path if hasattr(invoice, "document") else None,
    }
