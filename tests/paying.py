"""A customer's bank transfer."""

from apps.orders.models import Order
from apps.payments import operations as payments
from apps.payments.models import Payment


def pay(order: Order, amount: int) -> None:
    """Let so much (minor units) arrive for the order."""
    payments.record_payment(
        order=order, amount=amount, method=Payment.Method.BANK_TRANSFER, recorded_by=None
    )
