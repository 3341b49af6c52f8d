from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.events.models import Event
from apps.fulfillment import operations as fulfillment
from apps.notifications import operations
from apps.notifications.models import OutgoingEmail
from apps.orders import operations as orders
from apps.orders.models import Order
from apps.payments import operations as payments
from apps.payments.models import Payment

Settle = Callable[[], int]


def test_the_customer_hears_that_we_have_their_order(order: Order, settle_all: Settle) -> None:
    settle_all()

    [message] = mail.outbox
    assert message.to == ["jo@customer.example"]
    assert message.subject == "Your order 1 at Acme"
    assert "2 × Teapot  €49.98" in message.body
    assert "Hello Jo March," in message.body


def test_every_step_of_an_order_is_written_about_once(
    order: Order, alice: User, settle_all: Settle
) -> None:
    orders.confirm_order(order=order, confirmed_by=alice)
    fulfillment.ship_order(order=order, carrier="DHL", tracking_number="42", shipped_by=alice)
    settle_all()
    settle_all()

    subjects = sorted(message.subject for message in mail.outbox)
    assert subjects == [
        "Invoice INV-00001 for your order 1 at Acme",
        "Your order 1 at Acme",
        "Your order 1 at Acme is on its way",
    ]


def test_a_parcel_is_announced_with_what_is_in_it(
    order: Order, alice: User, settle_all: Settle
) -> None:
    orders.confirm_order(order=order, confirmed_by=alice)
    fulfillment.ship_order(
        order=order,
        quantities={order.lines.get().pk: 1},
        tracking_url="https://dhl.example/42",
        shipped_by=alice,
    )
    settle_all()

    [message] = [one for one in mail.outbox if "on its way" in one.subject]
    assert "1 × Teapot\n" in message.body
    assert "Where it is: https://dhl.example/42" in message.body


@pytest.mark.parametrize("is_paid", [True, False])
def test_whoever_has_paid_for_a_cancelled_order_hears_what_becomes_of_it(
    order: Order, alice: User, settle_all: Settle, is_paid: bool
) -> None:
    if is_paid:
        payments.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=alice)
    orders.cancel_order(order=order, reason="Sold out", cancelled_by=alice)
    settle_all()

    [message] = [one for one in mail.outbox if "cancelled" in one.subject]
    assert ("What you have paid goes back to you." in message.body) is is_paid


def test_a_message_is_sent_once_however_often_it_is_asked_for(
    order: Order, settle_all: Settle
) -> None:
    settle_all()

    operations.send_email(Event.objects.get(type="email.queued"))

    assert len(mail.outbox) == 1


def test_the_same_message_has_the_same_id_when_it_is_sent_again(
    order: Order, settle_all: Settle
) -> None:
    settle_all()
    OutgoingEmail.objects.update(sent_at=None)  # Killed before it could write that down.
    operations.send_email(Event.objects.get(type="email.queued"))

    first, second = mail.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


def test_an_order_without_address_is_not_written_about(
    acme: Organization, teapot: Variant, settle_all: Settle
) -> None:
    orders.place_order(
        organization=acme,
        buyer=orders.Buyer(name="Walk-in"),
        items=[orders.Item(teapot, 1)],
        placed_by=None,
    )
    settle_all()

    assert mail.outbox == []


def test_a_name_cannot_add_a_header(acme: Organization, settle_all: Settle) -> None:
    operations.queue_email(
        organization=acme,
        event=None,
        template="test",
        recipient="jo@customer.example",
        subject="Your order at Acme\r\nBcc: everybody@example.com",
        body="Hello",
    )
    settle_all()

    [message] = mail.outbox
    assert "\n" not in message.subject
    assert message.bcc == []


def test_plain_text_is_not_escaped_for_html(
    acme: Organization, teapot: Variant, settle_all: Settle
) -> None:
    orders.place_order(
        organization=acme,
        buyer=orders.Buyer(email="jo@customer.example", name="Jo & Co"),
        items=[orders.Item(teapot, 1)],
        placed_by=None,
    )
    settle_all()

    assert "Hello Jo & Co," in mail.outbox[0].body


@pytest.mark.django_db
def test_mail_about_an_account_takes_the_same_road(client: Client, settle_all: Settle) -> None:
    User.objects.create_user("zoe@acme.example", "correct horse battery")

    client.post("/accounts/password/reset/", {"email": "zoe@acme.example"})

    assert mail.outbox == []
    settle_all()
    [message] = mail.outbox
    assert message.to == ["zoe@acme.example"]
    assert "/accounts/password/reset/key/" in message.body
