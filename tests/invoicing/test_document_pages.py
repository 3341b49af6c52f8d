from collections.abc import Callable

from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.events import operations as events
from apps.events.models import Delivery
from apps.fulfillment import operations as fulfillment
from apps.invoicing import operations
from apps.orders import operations as orders
from apps.orders.models import Order


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


def test_an_invoice_is_issued_by_hand_before_anything_is_shipped(
    client: Client, alice: User, confirmed: Order, settle_all: Callable[[], int]
) -> None:
    client.force_login(alice)
    assert "Issue invoice now" in client.get("/acme/orders/1/").text

    answer = client.post("/acme/orders/1/invoice/", follow=True)

    assert answer.redirect_chain == [("/acme/orders/1/", 302)]
    assert "INV-00001 is issued" in answer.text
    assert "The PDF is being prepared" in answer.text
    assert "Issue invoice now" not in answer.text


def test_an_order_that_is_not_confirmed_is_not_invoiced_by_hand(
    client: Client, alice: User, order: Order
) -> None:
    client.force_login(alice)

    answer = client.post("/acme/orders/1/invoice/")

    assert answer.status_code == 422
    assert "Order 1 is not confirmed." in answer.text


def test_a_viewer_does_not_issue_invoices(client: Client, victor: User, confirmed: Order) -> None:
    client.force_login(victor)

    assert "Issue invoice now" not in client.get("/acme/orders/1/").text
    assert client.post("/acme/orders/1/invoice/").status_code == 403


def test_the_order_shows_every_document_and_how_far_it_is(
    client: Client, alice: User, confirmed: Order, settle_all: Callable[[], int]
) -> None:
    operations.issue_invoice(order=confirmed)
    orders.cancel_order(order=confirmed, reason="Broken on arrival", cancelled_by=alice)
    settle_all()
    client.force_login(alice)

    page = client.get("/acme/orders/1/").text

    assert "Invoice INV-00001" in page
    assert "Credit note CN-00001" in page
    assert ">Credited<" in page
    assert page.count("Download PDF") == 2


def test_a_document_that_could_not_be_drawn_is_not_promised_any_more(
    client: Client, alice: User, confirmed: Order
) -> None:
    operations.issue_invoice(order=confirmed)
    give_up("render-invoice")
    client.force_login(alice)

    page = client.get("/acme/orders/1/").text

    assert "The PDF could not be drawn" in page
    assert "/acme/orders/failures/" in page
    assert "being prepared" not in page
    assert "data-waits" not in page


def test_an_invoice_that_could_not_be_issued_is_issued_by_hand(
    client: Client, alice: User, confirmed: Order
) -> None:
    fulfillment.ship_order(order=confirmed, shipped_by=alice)
    give_up("issue-invoice")
    client.force_login(alice)

    page = client.get("/acme/orders/1/").text

    assert "The invoice could not be issued" in page
    assert "Issue invoice now" in page
    assert "being prepared" not in page


def give_up(reaction: str) -> None:
    """As after the last attempt of many."""
    events.dispatch_events()
    assert Delivery.objects.filter(reaction=reaction).update(dead_at=timezone.now())
