"""The questions that must have no answer, each given a fault to find."""

from datetime import timedelta

from apps.invoicing import operations
from apps.invoicing.models import Invoice
from apps.invoicing.queries import (
    issued_before_their_number,
    orders_out_of_balance,
    series_with_gaps,
)
from apps.orders.models import Order
from tests.invoicing.test_credit_notes import copy_of


def answers() -> list[object]:
    return [*orders_out_of_balance(), *series_with_gaps(), *issued_before_their_number()]


def with_number(invoice: Invoice, number: int, days: int = 0) -> Invoice:
    """Return a reversal that was put into the series of invoices under this number."""
    return copy_of(
        invoice,
        number=number,
        issued_on=invoice.issued_on + timedelta(days=days),
        kind="credit_note",
        corrects_id=invoice.pk,
    )


def test_all_is_well(confirmed: Order) -> None:
    operations.issue_invoice(order=confirmed)

    assert answers() == []


def test_a_document_that_is_missing_is_noticed(confirmed: Order) -> None:
    operations.issue_invoice(order=confirmed)
    Order.objects.update(credited=1)

    assert answers() == [confirmed]


def test_a_number_that_is_missing_is_noticed(confirmed: Order) -> None:
    with_number(operations.issue_invoice(order=confirmed), 3).save()

    assert series_with_gaps() == [(confirmed.organization_id, "invoice")]


def test_a_date_that_goes_back_is_noticed(confirmed: Order) -> None:
    earlier = with_number(operations.issue_invoice(order=confirmed), 2, days=-1)
    earlier.save()

    assert list(issued_before_their_number()) == [earlier]
