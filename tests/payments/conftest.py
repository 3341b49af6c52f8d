"""Beside the cast of all tests: a provider of card payments, and what tests ask of the books."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from apps.orders.models import Order
from apps.payments import operations
from apps.payments.models import Payment
from tests.payments.provider import WEBHOOK_SECRET, CardServer, running, signed


@pytest.fixture
def cards(settings: Settings) -> Iterator[CardServer]:
    """The provider, switched on."""
    with running() as (server, address):
        settings.STRIPE_SECRET_KEY = "sk_test"
        settings.STRIPE_PUBLISHABLE_KEY = "pk_test"
        settings.STRIPE_WEBHOOK_SECRET = WEBHOOK_SECRET
        settings.STRIPE_API_BASE = address
        yield server


@pytest.fixture
def pay_by_card(cards: CardServer) -> Callable[..., Payment]:
    """Pay what an order costs, to the end: our books know it."""

    def pay(order: Order, **options: Any) -> Payment:
        payment = operations.start_card_payment(order=order, **options).payment
        cards.pay(payment.provider_ref)
        return operations.settle_payment(payment=payment)

    return pay


@pytest.fixture
def tell(client: Client) -> Callable[..., int]:
    """Deliver a webhook; return the status of our answer."""

    def deliver(event: dict[str, Any], **options: Any) -> int:
        return client.post("/webhooks/stripe/", **signed(event, **options)).status_code

    return deliver


def our_ledger() -> dict[str, tuple[int, int, int]]:
    """Our side of what `CardServer.ledger` says."""
    return {
        one.provider_ref: (one.authorized, one.captured, one.refunded)
        for one in Payment.objects.filter(provider=Payment.Provider.STRIPE)
    }
