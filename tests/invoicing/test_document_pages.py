from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.fulfillment import operations as fulfillment
from apps.invoicing import operations
from apps.orders import operations as orders
from apps.orders.models import Order


@pytest.fixture
def confirmed(order: Order, alice: User) -> Order:
    return orders.confirm_order(order=order, confirmed_by=alice)


def test_the_document_is_fetched_from_the_store(
    client: Client, alice: User, confirmed: Order, settle_all: Callable[[], int]
) -> None:
    fulfillment.ship_order(order=confirmed, shipped_by=alice)
    settle_all()
    client.force_login(alice)

    answer = client.get("/acme/invoices/INV-00001/document/")

    assert answer.status_code == 302
    assert "INV-00001.pdf" in answer["Location"]
    assert answer["Cache-Control"] == "no-store"


def test_a_document_that_is_not_drawn_yet_is_promised(
    client: Client, alice: User, confirmed: Order
) -> None:
    operations.issue_invoice(order=confirmed)
    client.force_login(alice)

    answer = client.get("/acme/invoices/INV-00001/document/", follow=True)

    assert answer.redirect_chain == [("/acme/orders/1/", 302)]
    assert "INV-00001 is being prepared" in answer.text


def test_an_invoice_that_is_not_there_is_not_found(
    client: Client, alice: User, confirmed: Order
) -> None:
    client.force_login(alice)

    assert client.get("/acme/invoices/INV-00007/document/").status_code == 404
