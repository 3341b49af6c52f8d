"""Numbers without gaps, whoever comes at once and whatever fails."""

import io
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest
from django.db import transaction
from pypdf import PdfReader

from apps.accounts.models import Organization, User
from apps.core.errors import Refusal
from apps.files import s3
from apps.invoicing import operations
from apps.invoicing.models import Invoice, InvoiceDocument
from apps.orders import operations as orders
from apps.orders.models import Order
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 16


class PowerCut(Refusal):
    """Something failed after the number was drawn."""


@pytest.fixture
def many(acme: Organization, alice: User) -> list[Order]:
    placed = [
        orders.place_order(
            organization=acme,
            buyer=orders.Buyer(name=f"Buyer {number}"),
            items=[orders.Item(None, 2, Decimal("5.00"), f"S{number}", "Tea")],
            placed_by=alice,
        )
        for number in range(5 * AT_ONCE)
    ]
    return [orders.confirm_order(order=order, confirmed_by=alice) for order in placed]


def issue(order: Order, *, fails: bool) -> Invoice:
    with transaction.atomic():
        invoice = operations.issue_invoice(order=order)
        if fails:
            raise PowerCut(str(invoice))
    return invoice


def test_sixteen_at_once_of_which_a_tenth_fails_leave_dense_numbers(
    many: list[Order], settle_all: Callable[[], int]
) -> None:
    """A9"""
    outcomes: list[object] = []
    for start in range(0, len(many), AT_ONCE):
        acts = [
            partial(issue, order, fails=start + index % 10 == start + 3)
            for index, order in enumerate(many[start : start + AT_ONCE])
        ]
        outcomes += at_once(acts)
    settle_all()

    failed = [one for one in outcomes if isinstance(one, PowerCut)]
    numbers = Invoice.objects.order_by("number").values_list("number", flat=True)
    assert len(failed) == 10
    assert list(numbers) == list(range(1, len(many) - len(failed) + 1))
    days = Invoice.objects.order_by("number").values_list("issued_on", flat=True)
    assert list(days) == sorted(days)


def test_no_pdf_is_drawn_over_another(many: list[Order], settle_all: Callable[[], int]) -> None:
    """A9"""
    at_once([partial(issue, order, fails=index == 3) for index, order in enumerate(many[:AT_ONCE])])
    settle_all()

    documents = InvoiceDocument.objects.select_related("invoice__order", "file")
    assert len({one.file.key for one in documents}) == len(documents) == AT_ONCE - 1
    for document in documents:
        pdf = s3.get(document.file.key, at_most=10**6)
        text = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
        assert document.invoice.label in text
        assert document.invoice.buyer["name"] in text


def test_those_who_need_numbers_of_both_series_do_not_wait_for_each_other(
    many: list[Order], alice: User
) -> None:
    """A correction needs a credit note and an invoice; so does an invoice of a credited order."""
    corrected, credited = many[:8], many[8:16]
    for order in corrected:
        operations.issue_invoice(order=order)
        line = order.lines.get()
        orders.edit_order(order=order, quantities={line.pk: 1}, edited_by=alice)
    for order in credited:
        orders.credit_amount(order=order, amount=10, reason="Late", actor=alice)

    at_once(
        [
            *(partial(operations.correct_invoice, order=one) for one in corrected),
            *(partial(operations.issue_invoice, order=one) for one in credited),
        ]
    )

    for series, count in (("invoice", 24), ("credit_note", 16)):
        found = Invoice.objects.filter(series=series).order_by("number")
        assert list(found.values_list("number", flat=True)) == list(range(1, count + 1))


def test_an_order_invoiced_by_many_at_once_has_one(many: list[Order]) -> None:
    outcomes = at_once([partial(operations.issue_invoice, order=many[0])] * AT_ONCE)

    assert len({one.pk for one in outcomes if isinstance(one, Invoice)}) == 1
    assert Invoice.objects.count() == 1
