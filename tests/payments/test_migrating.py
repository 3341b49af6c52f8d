"""What was recorded before payments went through providers is kept, and explained."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.accounts.models import User
from apps.orders.models import Order
from apps.payments import operations
from apps.payments.models import Payment, PaymentEntry

BEFORE = ("payments", "0002_rows_stay_in_their_organization")


def migrate(*targets: tuple[str, str]) -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())


@pytest.mark.django_db(transaction=True)
def test_a_payment_of_before_has_been_captured_by_hand(order: Order, alice: User) -> None:
    operations.mark_as_paid(
        order=order, method=Payment.Method.CASH, reference="till 3", marked_by=alice
    )
    connection.close()
    try:
        migrate(BEFORE)
    finally:
        migrate()

    payment = Payment.objects.get()
    assert (payment.provider, payment.status, payment.reference) == ("manual", "captured", "till 3")
    assert (payment.amount, payment.authorized, payment.captured) == (4998, 4998, 4998)
    (entry,) = PaymentEntry.objects.all()
    assert (entry.kind, entry.amount, entry.created_at) == ("capture", 4998, payment.created_at)
    operations.request_refund(order=order, amount=100, reason="Late", requested_by=alice)
