"""Every mail is one letter, set as text and as HTML from the same words."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from apps.accounts.models import Organization, User
from apps.core.languages import speaking
from apps.events.models import Event
from apps.fulfillment import operations as fulfillment
from apps.notifications import operations
from apps.notifications.emails import announce_low_stock, samples
from apps.notifications.models import OutgoingEmail
from apps.orders import operations as orders
from apps.orders.models import Order

Settle = Callable[[], int]


def html_of(message: Any) -> str:
    [(content, kind)] = message.alternatives
    assert kind == "text/html"
    return str(content)


def test_a_mail_is_sent_as_text_and_as_html(order: Order, settle_all: Settle) -> None:
    settle_all()

    [message] = mail.outbox
    sent = message.message()
    assert [part.get_content_type() for part in sent.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert sent["Message-ID"].startswith("<email-")
    assert "2 × Teapot" in html_of(message)
    assert "€49.98" in html_of(message)


@pytest.mark.parametrize(
    ("legal_name", "foot"),
    [
        ("Acme", "Acme\n1 Orchard Lane"),
        ("", "Acme\n1 Orchard Lane"),
        ("Acme Ltd", "Acme\nAcme Ltd\n1 Orchard Lane"),
    ],
)
def test_a_mail_ends_with_who_sent_it_and_names_nobody_twice(
    acme: Organization, order: Order, settle_all: Settle, legal_name: str, foot: str
) -> None:
    Organization.objects.update(legal_name=legal_name, address="1 Orchard Lane")
    settle_all()

    [message] = mail.outbox
    assert message.body.rstrip().endswith(f"\n\n{foot}")


def test_a_document_goes_along_with_both(order: Order, alice: User, settle_all: Settle) -> None:
    orders.confirm_order(order=order, confirmed_by=alice)
    fulfillment.ship_order(order=order, shipped_by=alice)
    settle_all()

    [message] = [one for one in mail.outbox if one.subject.startswith("Invoice")]
    kinds = [part.get_content_type() for part in message.message().walk()]
    assert kinds == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
    ]


def test_what_the_release_before_wrote_is_sent_as_text(order: Order, settle_all: Settle) -> None:
    settle_all()
    OutgoingEmail.objects.update(html="", sent_at=None)
    mail.outbox.clear()
    operations.send_email(Event.objects.get(type="email.queued"))

    [message] = mail.outbox
    assert message.message().get_content_type() == "text/plain"


def test_every_mail_about_an_order_leads_to_its_page(
    client: Client, order: Order, alice: User, settle_all: Settle
) -> None:
    orders.confirm_order(order=order, confirmed_by=alice)
    fulfillment.ship_order(
        order=order, tracking_url="https://dhl.example/1?a=b&c=d", shipped_by=alice
    )
    settle_all()

    assert len(mail.outbox) == 3
    for message in mail.outbox:
        [path] = re.findall(r"See your order: http://[^/]+(/track/\S+)", str(message.body))
        assert client.get(path).status_code == 200
        assert path in html_of(message)


def test_html_holds_nothing_that_somebody_typed_as_markup(
    acme: Organization, order: Order, settle_all: Settle
) -> None:
    Organization.objects.update(name="A<b>cme", address="<script>1</script>")
    Order.objects.update(customer_name="<img src=x>")
    settle_all()

    page = html_of(mail.outbox[0])
    for markup in ("<b>", "<script", "<img"):
        assert markup not in page
    assert "Hello <img src=x>," in str(mail.outbox[0].body)


def test_the_sender_is_the_shop(order: Order, settle_all: Settle) -> None:
    Organization.objects.update(name="Acme\r\nBcc: everybody@example.com, Ltd")
    settle_all()

    [message] = mail.outbox
    sender = message.message()["From"]
    assert "Acme Bcc" in sender
    assert message.message()["Bcc"] is None


def test_a_mail_speaks_the_language_of_the_shop_and_not_of_who_reads_pages(
    acme: Organization, order: Order, settle_all: Settle
) -> None:
    Organization.objects.update(locale="de")
    settle_all()

    assert '<html lang="de">' in html_of(mail.outbox[0])
    assert "49,98\xa0€" in mail.outbox[0].body


def test_a_colleague_is_written_to_in_their_own_language(
    acme: Organization, alice: User, kettle: object, settle_all: Settle
) -> None:
    User.objects.filter(pk=alice.pk).update(language="de")
    announce_low_stock(datetime(2026, 11, 23, tzinfo=UTC))

    assert '<html lang="de">' in OutgoingEmail.objects.get().html


@pytest.mark.django_db
def test_mail_about_an_account_is_a_letter_too(client: Client, settle_all: Settle) -> None:
    User.objects.create_user("zoe@acme.example", "correct horse battery")
    client.post("/accounts/password/reset/", {"email": "zoe@acme.example"})
    settle_all()

    [message] = mail.outbox
    assert message.subject == "Choose a new password"
    assert "/accounts/password/reset/key/" in html_of(message)
    assert message.from_email.startswith("Dozen")


def test_each_sample_is_whole_in_both_forms(acme: Organization) -> None:
    for language in ("en", "de"):
        with speaking(language):
            found = samples(acme)

        assert len({one.name for one in found}) == len(found) == 18
        for one in found:
            for text in one.message:
                assert text.strip()
                assert "%(" not in text
                assert "{{" not in text
                assert "None" not in text
            assert len(one.message.html) < 20_000
            assert f'<html lang="{language}">' in one.message.html


def test_mails_can_be_looked_at_in_development(
    client: Client, alice: User, acme: Organization, settings: Settings
) -> None:
    client.force_login(alice)
    settings.DEBUG = True

    page = client.get("/acme/mails/")
    letter = client.get("/acme/mails/letter/?name=order_shipped&language=de")

    assert page.status_code == 200
    assert page.text.count("<iframe") == 18
    assert '<html lang="de">' in letter.text
    assert letter["X-Frame-Options"] == "SAMEORIGIN"
    assert "style-src 'unsafe-inline'" in letter["Content-Security-Policy"]
    assert client.get("/acme/mails/letter/?name=nothing").status_code == 404


def test_a_deploy_has_no_such_pages(client: Client, alice: User, acme: Organization) -> None:
    client.force_login(alice)

    for path in ("/acme/mails/", "/acme/mails/letter/"):
        assert client.get(path).status_code == 404
