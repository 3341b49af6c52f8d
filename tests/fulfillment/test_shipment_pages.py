from django.test import Client

from apps.accounts.models import User
from apps.fulfillment.models import Fulfillment
from apps.orders import operations as orders
from apps.orders.models import Order


def test_shipping_shows_the_parcel(client: Client, alice: User, order: Order) -> None:
    orders.confirm_order(order=order, confirmed_by=alice)
    client.force_login(alice)

    answer = client.post(
        "/acme/orders/1/shipment/", {"carrier": "DHL", "tracking_number": "JJD0099"}
    )

    assert answer["Location"] == "/acme/orders/1/"
    page = client.get("/acme/orders/1/").text
    assert "JJD0099" in page
    assert "The invoice is being prepared." in page


def test_an_unconfirmed_order_is_not_shipped(client: Client, alice: User, order: Order) -> None:
    client.force_login(alice)

    answer = client.post("/acme/orders/1/shipment/", {"carrier": "DHL"})

    assert answer.status_code == 422
    assert "Only confirmed orders are shipped" in answer.text
    assert not Fulfillment.objects.exists()
