from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import partial

import pytest

from apps.accounts.models import User
from apps.events.models import Event
from apps.invoicing import operations
from apps.invoicing.models import Invoice
from apps.notifications.models import OutgoingEmail
from apps.orders import operations as orders
from apps.orders.models import Order
from tests.paying import pay
from tests.together import at_once

Settle = Callable[[], int]


@pytest.fixture
def invoice(confirmed: Order) -> Invoice:
    return operations.issue_invoice(order=confirmed)


def days_late(invoice: Invoice, days: int) -> datetime:
    assert invoice.due_on is not None
    return datetime.combine(invoice.due_on + timedelta(days=days), time(6), UTC)


def reminders() -> list[tuple[int, int]]:
    events = Event.objects.filter(type="order.invoice_overdue").order_by("pk")
    return [(one.data["level"], one.data["amount"]) for one in events]


def test_nobody_is_reminded_of_what_is_just_due(invoice: Invoice) -> None:
    assert operations.remind_of_unpaid_invoices(days_late(invoice, 2)) == 0


def test_an_unpaid_invoice_is_reminded_of_once_a_level(invoice: Invoice) -> None:
    for days in (3, 4, 9, 10, 11, 40):
        operations.remind_of_unpaid_invoices(days_late(invoice, days))

    assert reminders() == [(1, 4998), (2, 4998)]


def test_after_a_long_pause_the_customer_gets_one_reminder(invoice: Invoice) -> None:
    assert operations.remind_of_unpaid_invoices(days_late(invoice, 30)) == 1
    assert operations.remind_of_unpaid_invoices(days_late(invoice, 31)) == 0

    assert reminders() == [(2, 4998)]


def test_what_is_paid_is_not_reminded_of(
    invoice: Invoice, confirmed: Order, alice: User, settle_all: Settle
) -> None:
    pay(confirmed, 4998)

    assert operations.remind_of_unpaid_invoices(days_late(invoice, 3)) == 0


def test_an_invoice_that_was_taken_back_is_not_reminded_of(
    invoice: Invoice, confirmed: Order, alice: User, settle_all: Settle
) -> None:
    line = confirmed.lines.get()
    orders.edit_order(order=confirmed, quantities={line.pk: 1}, edited_by=alice)
    settle_all()

    assert operations.remind_of_unpaid_invoices(days_late(invoice, 3)) == 1
    assert Event.objects.get(type="order.invoice_overdue").data["invoice"] == "INV-00002"


def test_only_what_is_still_owed_is_asked_for(
    invoice: Invoice, confirmed: Order, alice: User
) -> None:
    pay(confirmed, 4000)

    operations.remind_of_unpaid_invoices(days_late(invoice, 3))

    assert reminders() == [(1, 998)]


def test_the_customer_gets_a_mail_with_the_invoice(invoice: Invoice, settle_all: Settle) -> None:
    settle_all()
    operations.remind_of_unpaid_invoices(days_late(invoice, 3))
    settle_all()

    mail = OutgoingEmail.objects.get(template="order_overdue")
    assert mail.subject == "Reminder: invoice INV-00001 of Acme is not paid yet"
    assert "€49.98" in mail.body
    assert mail.attachment is not None
    assert mail.attachment.name == "INV-00001.pdf"


def test_who_paid_before_the_mail_was_written_gets_none(
    invoice: Invoice, confirmed: Order, alice: User, settle_all: Settle
) -> None:
    operations.remind_of_unpaid_invoices(days_late(invoice, 3))
    pay(confirmed, 4998)
    settle_all()

    assert not OutgoingEmail.objects.filter(template="order_overdue").exists()


def test_the_customer_gets_a_mail_with_the_credit_note(
    invoice: Invoice, confirmed: Order, alice: User, settle_all: Settle
) -> None:
    orders.credit_amount(order=confirmed, amount=500, reason="Late", actor=alice)
    settle_all()

    mail = OutgoingEmail.objects.get(template="order_credit_note")
    assert mail.subject == "Credit note CN-00001 for your order 1 at Acme"
    assert "€5.00" in mail.body
    assert mail.attachment is not None


@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_remind_once(invoice: Invoice) -> None:
    remind = partial(operations.remind_of_unpaid_invoices, days_late(invoice, 3))

    assert sorted(map(int, map(str, at_once([remind] * 4)))) == [0, 0, 0, 1]
    assert reminders() == [(1, 4998)]
