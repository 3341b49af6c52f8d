import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from pypdf import PdfReader

from apps.accounts.models import Organization, User
from apps.accounts.operations import next_number
from apps.events.models import Event
from apps.files import s3
from apps.fulfillment import operations as fulfillment
from apps.invoicing import operations
from apps.invoicing.documents import draw
from apps.invoicing.models import Invoice, InvoiceDocument
from apps.notifications.models import OutgoingEmail
from apps.orders import operations as orders
from apps.orders.models import Order


@pytest.fixture
def shipped(order: Order, alice: User) -> Order:
    orders.confirm_order(order=order, confirmed_by=alice)
    fulfillment.ship_order(order=order, shipped_by=alice)
    return order


def test_a_shipped_order_gets_its_invoice_and_its_pdf(
    shipped: Order, settle_all: Callable[[], int]
) -> None:
    settle_all()

    invoice = Invoice.objects.get()
    assert (invoice.number, invoice.gross) == (1, shipped.total)
    file = invoice.document.file
    assert file.key.startswith(f"{shipped.organization_id}/")
    text = PdfReader(io.BytesIO(s3.get(file.key, at_most=10**6))).pages[0].extract_text()
    assert "INV-00001" in text
    assert "Teapot" in text
    assert "€49.98" in text


def test_the_customer_is_sent_the_invoice(shipped: Order, settle_all: Callable[[], int]) -> None:
    settle_all()

    email = OutgoingEmail.objects.get(template="order_invoiced")
    assert email.attachment == InvoiceDocument.objects.get().file
    assert email.sent_at is not None


def test_an_order_has_one_invoice(shipped: Order) -> None:
    assert operations.issue_invoice(order=shipped) == operations.issue_invoice(order=shipped)


def test_an_order_that_is_not_confirmed_has_none(order: Order) -> None:
    with pytest.raises(operations.NothingToInvoice):
        operations.issue_invoice(order=order)


def test_drawing_it_twice_makes_one_document(shipped: Order, settle_all: Callable[[], int]) -> None:
    settle_all()

    operations.render_invoice(Event.objects.get(type="order.invoiced"))

    assert InvoiceDocument.objects.count() == 1
    assert Event.objects.filter(type="order.invoice_rendered").count() == 1


def test_a_killed_worker_stores_the_document_under_the_same_key(shipped: Order) -> None:
    operations.issue_invoice(order=shipped)
    event = Event.objects.get(type="order.invoiced")
    operations.render_invoice(event)
    first = InvoiceDocument.objects.get().file.key
    InvoiceDocument.objects.all().delete()

    operations.render_invoice(event)

    assert InvoiceDocument.objects.get().file.key == first


def test_an_issued_invoice_does_not_change(shipped: Order, acme: Organization) -> None:
    """I10: not by us, not by psql."""
    operations.issue_invoice(order=shipped)

    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        Invoice.objects.update(gross=1, net=1, tax=0)
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        Invoice.objects.all()._raw_delete("default")


def test_seller_and_buyer_stay_as_they_were(shipped: Order, acme: Organization) -> None:
    invoice = operations.issue_invoice(order=shipped)
    acme.legal_name = "Acme Holdings"
    acme.save()

    invoice.refresh_from_db()
    assert (invoice.seller["name"], invoice.buyer["name"]) == ("Acme", "Jo March")


def test_the_tax_breakdown_adds_up_to_the_invoice(shipped: Order) -> None:
    invoice = operations.issue_invoice(order=shipped)

    assert invoice.tax_breakdown == [{"rate": "19.0000", "net": 4200, "tax": 798, "gross": 4998}]


def test_a_long_invoice_with_odd_names_is_drawn(
    acme: Organization, jo: orders.Buyer, alice: User
) -> None:
    odd = [
        "#set text(red)",
        "<script>",
        "日本茶 und Ünïcode",
        "$x$ *bold* _it_",
        "\\",
        '"',
        "Long " * 60,
    ]
    order = orders.place_order(
        organization=acme,
        buyer=orders.Buyer(name="Łukasz #1", shipping_address="Line 1\n#pagebreak()\n\nLine 4"),
        items=[
            orders.Item(None, 1, Decimal(n), sku=f"S{n}", name=odd[n % len(odd)]) for n in range(80)
        ],
        placed_by=alice,
    )
    orders.confirm_order(order=order, confirmed_by=alice)

    operations.issue_invoice(order=order)
    operations.render_invoice(Event.objects.get(type="order.invoiced"))

    pdf = PdfReader(io.BytesIO(s3.get(InvoiceDocument.objects.get().file.key, at_most=10**7)))
    text = "".join(page.extract_text() for page in pdf.pages)
    assert len(pdf.pages) > 2
    assert "#pagebreak()" in text
    assert "#set text(red)" in text


def test_an_invoice_of_the_release_before_is_drawn_and_taken_back(
    shipped: Order, acme: Organization, alice: User
) -> None:
    """It knows no country, no discount and no charge, and has no due date."""
    line = {"position": 1, "sku": "TEAPOT", "name": "Teapot", "quantity": 2}
    amounts = {"net": 4200, "tax": 798, "gross": 4998}
    former = Invoice.objects.create(
        organization=acme,
        number=next_number(acme, "invoice"),
        order=shipped,
        issued_on=date(2026, 11, 1),
        currency="EUR",
        seller={"name": "Acme", "address": "", "tax_id": ""},
        buyer={"name": "Jo March", "address": "", "email": ""},
        lines=[line | {"unit_price": "24.990000", "tax_rate": "19.0000"} | amounts],
        tax_breakdown=[{"rate": "19.0000"} | amounts],
        **amounts,
    )
    former.refresh_from_db()

    text = PdfReader(io.BytesIO(draw(former))).pages[0].extract_text()

    assert "INV-00001" in text
    assert "€49.98" in text
    assert operations.correct_invoice(order=shipped) == Invoice.objects.get(replaces=former)
    assert Invoice.objects.get(corrects=former).gross == 4998
