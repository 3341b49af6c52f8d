from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.events.models import Event
from apps.invoicing import operations
from apps.invoicing.models import Invoice
from apps.invoicing.queries import documents_of, standing_invoice
from apps.orders import operations as orders
from apps.orders.models import Adjustment, Credit, Order
from tests.paying import pay

Settle = Callable[[], int]
Documented = Callable[[Order], int]


def labels(order: Order) -> list[str]:
    return [one.label for one in documents_of(order)]


@pytest.fixture
def invoiced(confirmed: Order) -> Order:
    operations.issue_invoice(order=confirmed)
    return confirmed


@pytest.fixture
def rich(acme: Organization, teapot: Variant, kettle: Variant, alice: User) -> Order:
    """Two products at two rates, a discount, and shipping: confirmed."""
    order = orders.place_order(
        organization=acme,
        buyer=orders.Buyer(email="amy@customer.example", name="Amy March"),
        items=[
            orders.Item(teapot, 3),
            orders.Item(kettle, 1),
            orders.Item(None, 7, Decimal("3.33"), "BOOK", "Book of tea", Decimal(7)),
        ],
        adjustments=[
            orders.AdjustmentItem(Adjustment.Kind.DISCOUNT, "Spring", percent=Decimal(10)),
            orders.AdjustmentItem(
                Adjustment.Kind.SHIPPING, "Shipping", amount=490, tax_rate=Decimal(19)
            ),
        ],
        placed_by=alice,
    )
    return orders.confirm_order(order=order, confirmed_by=alice)


def test_what_is_credited_gets_a_credit_note(
    invoiced: Order, alice: User, settle_all: Settle, documented: Documented
) -> None:
    credit = orders.credit_amount(order=invoiced, amount=1000, reason="Scratched", actor=alice)
    settle_all()

    note = Invoice.objects.get(credit=credit)
    assert (note.label, note.kind, note.gross) == ("CN-00001", "credit_note", 1000)
    assert (note.corrects, note.reason) == (standing_invoice(invoiced), "Scratched")
    assert note.document.file.name == "CN-00001.pdf"
    invoiced.refresh_from_db()
    assert documented(invoiced) == invoiced.due == 3998


def test_credits_that_were_given_before_the_invoice_are_documented_with_it(
    confirmed: Order, alice: User, settle_all: Settle, documented: Documented
) -> None:
    orders.credit_amount(order=confirmed, amount=500, reason="Late", actor=alice)
    orders.credit_amount(order=confirmed, amount=300, reason="Very late", actor=alice)
    settle_all()
    assert labels(confirmed) == []

    operations.issue_invoice(order=confirmed)

    assert labels(confirmed) == ["INV-00001", "CN-00001", "CN-00002"]
    confirmed.refresh_from_db()
    assert documented(confirmed) == confirmed.due == 4198


def test_a_credit_is_documented_once(invoiced: Order, alice: User) -> None:
    credit = orders.credit_amount(order=invoiced, amount=500, reason="Late", actor=alice)

    first = operations.issue_credit_note(credit=credit)

    assert operations.issue_credit_note(credit=credit) == first
    assert labels(invoiced) == ["INV-00001", "CN-00001"]


def test_an_edit_after_the_invoice_reverses_it_and_issues_another(
    invoiced: Order, alice: User, settle_all: Settle, documented: Documented
) -> None:
    line = invoiced.lines.get()
    orders.edit_order(order=invoiced, quantities={line.pk: 1}, edited_by=alice)
    settle_all()

    first, reversal, second = documents_of(invoiced)
    assert [one.label for one in (first, reversal, second)] == [
        "INV-00001",
        "CN-00001",
        "INV-00002",
    ]
    assert (reversal.corrects, reversal.gross) == (first, first.gross)
    assert (second.replaces, second.gross) == (first, 2499)
    assert standing_invoice(invoiced) == second
    invoiced.refresh_from_db()
    assert documented(invoiced) == invoiced.due == 2499


def test_two_edits_before_anybody_looked_are_corrected_once(
    rich: Order, alice: User, settle_all: Settle, documented: Documented
) -> None:
    operations.issue_invoice(order=rich)
    for wanted in (5, 9):
        book = rich.lines.get(sku="BOOK").pk
        orders.edit_order(order=rich, quantities={book: wanted}, edited_by=alice)
    settle_all()

    assert labels(rich) == ["INV-00001", "CN-00001", "INV-00002"]
    rich.refresh_from_db()
    assert documented(rich) == rich.due


def test_an_edit_before_the_invoice_corrects_nothing(
    confirmed: Order, alice: User, settle_all: Settle
) -> None:
    orders.edit_order(order=confirmed, quantities={confirmed.lines.get().pk: 1}, edited_by=alice)
    settle_all()

    assert labels(confirmed) == []


def test_a_cancelled_order_owes_nothing_by_its_documents(
    invoiced: Order, alice: User, settle_all: Settle, documented: Documented
) -> None:
    orders.cancel_order(order=invoiced, reason="Changed their mind", cancelled_by=alice)
    settle_all()

    assert labels(invoiced) == ["INV-00001", "CN-00001"]
    assert Invoice.objects.get(kind="credit_note").reason == "Changed their mind"
    assert standing_invoice(invoiced) is None
    assert documented(invoiced) == 0


def test_everything_at_once_still_adds_up(
    rich: Order, alice: User, settle_all: Settle, documented: Documented
) -> None:
    """Credits before and after an edit, on lines and charges, and then the end of it all."""
    operations.issue_invoice(order=rich)
    steps: list[Callable[[], object]] = [
        lambda: orders.credit_amount(order=rich, amount=777, reason="Sorry", actor=alice),
        lambda: orders.edit_order(
            order=rich, quantities={rich.lines.get(sku="BOOK").pk: 9}, edited_by=alice
        ),
        lambda: orders.credit_amount(order=rich, amount=1, reason="A cent", actor=alice),
        lambda: orders.credit_units(
            order=rich, units={rich.lines.get(sku="TEAPOT").pk: 1}, actor=alice
        ),
        lambda: orders.cancel_order(order=rich, reason="Enough", cancelled_by=alice),
    ]

    for step in steps:
        step()
        settle_all()
        rich.refresh_from_db()
        assert documented(rich) == rich.due
    for note in documents_of(rich).filter(kind="credit_note"):
        assert sum(entry["gross"] for entry in note.tax_breakdown) == note.gross


def test_a_cancellation_that_overtakes_a_correction_adds_up(
    rich: Order, alice: User, settle_all: Settle, documented: Documented
) -> None:
    operations.issue_invoice(order=rich)
    orders.credit_amount(order=rich, amount=777, reason="Sorry", actor=alice)
    orders.edit_order(order=rich, quantities={rich.lines.get(sku="BOOK").pk: 9}, edited_by=alice)
    orders.cancel_order(order=rich, reason="Enough", cancelled_by=alice)
    settle_all()

    assert documented(rich) == 0


def test_an_invoice_says_what_was_paid_before(confirmed: Order, alice: User) -> None:
    pay(confirmed, 4998)

    invoice = operations.issue_invoice(order=confirmed)

    assert (invoice.prepaid, invoice.payable) == (4998, 0)


def test_the_invoice_has_a_discount_a_charge_and_a_tax_per_rate(rich: Order) -> None:
    invoice = operations.issue_invoice(order=rich)

    assert [line["discount"] for line in invoice.lines] == [750, 390, 233]
    assert [charge["name"] for charge in invoice.charges] == ["Shipping"]
    assert [entry["rate"] for entry in invoice.tax_breakdown] == ["7.0000", "19.0000"]
    assert sum(entry["gross"] for entry in invoice.tax_breakdown) == invoice.gross == rich.total


def test_it_is_due_after_the_days_the_seller_gives(acme: Organization, confirmed: Order) -> None:
    acme.payment_terms_days = 30
    acme.save()

    invoice = operations.issue_invoice(order=confirmed)

    assert invoice.due_on is not None
    assert (invoice.due_on - invoice.issued_on).days == 30


def test_issue_dates_do_not_go_back_when_the_calendar_does(
    acme: Organization, confirmed: Order, jo: orders.Buyer, teapot: Variant, alice: User
) -> None:
    acme.timezone = "Pacific/Kiritimati"  # UTC+14
    acme.save()
    first = operations.issue_invoice(order=confirmed)
    acme.timezone = "Pacific/Pago_Pago"  # UTC-11: always a day behind
    acme.save()
    other = orders.place_order(
        organization=acme, buyer=jo, items=[orders.Item(teapot, 1)], placed_by=alice
    )
    orders.confirm_order(order=other, confirmed_by=alice)

    assert operations.issue_invoice(order=other).issued_on == first.issued_on


def copy_of(invoice: Invoice, **changes: object) -> Invoice:
    fields = {
        field.attname: getattr(invoice, field.attname)
        for field in Invoice._meta.concrete_fields
        if field.attname not in {"id", "number"}
    }
    return Invoice(**{"number": 999} | fields | changes)


@pytest.mark.breaks_books("document-numbers-are-dense", why="chooses a number of its own")
def test_the_database_refuses_documents_that_cannot_be(invoiced: Order, alice: User) -> None:
    """I9, I10: whatever the code above it does."""
    orders.credit_amount(order=invoiced, amount=500, reason="Late", actor=alice)
    note = operations.issue_credit_note(credit=Credit.objects.get())
    standing = standing_invoice(invoiced)
    assert note is not None
    assert standing is not None
    reversal = {"kind": "credit_note", "series": "credit_note", "corrects_id": standing.pk}

    impossible = {
        "one_first_invoice_per_order": copy_of(standing),
        "credit_notes_correct_an_invoice": copy_of(standing, kind="credit_note"),
        "invoicing_invoice_credit_id_key": copy_of(note),
        "invoice_amounts_not_negative": copy_of(standing, **reversal, net=-1, gross=797),
    }
    for constraint, document in impossible.items():
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            document.save()
    copy_of(standing, **reversal).save()
    with pytest.raises(IntegrityError, match="invoice_reversed_once"), transaction.atomic():
        copy_of(standing, **reversal, number=1000).save()


def test_the_history_of_the_order_names_every_document(
    invoiced: Order, alice: User, settle_all: Settle
) -> None:
    orders.credit_amount(order=invoiced, amount=500, reason="Late", actor=alice)
    settle_all()

    events = Event.objects.filter(aggregate_id=invoiced.pk, aggregate_type="order")
    told = [
        (one.type, one.data["invoice"]) for one in events.order_by("pk") if "invoice" in one.data
    ]
    assert sorted(told) == [
        ("order.credit_note_issued", "CN-00001"),
        ("order.credit_note_rendered", "CN-00001"),
        ("order.invoice_rendered", "INV-00001"),
        ("order.invoiced", "INV-00001"),
    ]
