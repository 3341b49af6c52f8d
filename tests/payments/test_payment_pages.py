import re

from django.test import Client

from apps.accounts.models import User
from apps.orders import operations as orders
from apps.orders.models import Order
from apps.payments.models import Payment


def test_marking_as_paid_confirms_the_order(client: Client, alice: User, order: Order) -> None:
    client.force_login(alice)

    answer = client.post(
        "/acme/orders/1/payment/", {"method": "bank_transfer", "reference": "RF18 5390"}
    )

    assert answer["Location"] == "/acme/orders/1/"
    payment = Payment.objects.get()
    assert payment.captured == 4998
    page = client.get("/acme/orders/1/").text
    assert "RF18 5390" in page
    assert "€49.98, bank transfer" in page
    assert "Pack it and ship it" in page


def test_paying_twice_is_refused_on_the_page(client: Client, alice: User, order: Order) -> None:
    client.force_login(alice)
    client.post("/acme/orders/1/payment/", {"method": "cash"})

    answer = client.post("/acme/orders/1/payment/", {"method": "cash", "reference": "again"})

    assert answer.status_code == 422
    assert "It is paid in full." in answer.text
    assert Payment.objects.count() == 1


def test_an_unknown_method_is_refused(client: Client, alice: User, order: Order) -> None:
    client.force_login(alice)

    answer = client.post("/acme/orders/1/payment/", {"method": "shells", "reference": "kept"})

    assert answer.status_code == 422
    assert 'value="kept"' in answer.text
    assert not Payment.objects.exists()


def test_what_costs_more_than_was_seen_is_not_marked_as_paid(
    client: Client, alice: User, order: Order
) -> None:
    client.force_login(alice)
    page = client.get("/acme/orders/1/").text
    door = page.partition('action="/acme/orders/1/payment/"')[2]
    [seen] = re.findall(r'name="version" value="(\d+)"', door.partition("</form>")[0])
    orders.confirm_order(order=order, confirmed_by=None)
    orders.edit_order(order=order, quantities={order.lines.get().pk: 3}, edited_by=None)

    answer = client.post("/acme/orders/1/payment/", {"method": "cash", "version": seen})

    assert answer.status_code == 409
    assert "Changed since you opened it." in answer.text
    assert not Payment.objects.exists()
