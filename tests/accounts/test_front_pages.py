"""The pages before the door: landing, signing up and in, and what goes wrong there."""

from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client

from apps.accounts.models import Organization, User

NEW = {
    "organization_name": "Globex",
    "currency": "JPY",
    "email": "mallory@globex.example",
    "password1": "a long enough sentence",
}


@pytest.mark.django_db
def test_a_stranger_is_told_what_this_is(client: Client) -> None:
    page = client.get("/")

    assert page.status_code == 200
    assert "/accounts/signup/" in page.text


def test_a_member_goes_to_work(client: Client, alice: User, acme: Organization) -> None:
    client.force_login(alice)

    assert client.get("/")["Location"] == "/acme/"


def test_somebody_without_an_organization_is_told_so(client: Client, mallory: User) -> None:
    client.force_login(mallory)

    assert "You are not in an organization" in client.get("/").text


@pytest.mark.django_db
def test_signing_up_opens_an_organization(client: Client) -> None:
    answer = client.post("/accounts/signup/", NEW, follow=True)

    organization = Organization.objects.get()
    assert (organization.name, organization.currency) == ("Globex", "JPY")
    assert answer.redirect_chain[-1][0] == "/globex/"


@pytest.mark.django_db
def test_a_refused_sign_up_keeps_what_was_typed(client: Client) -> None:
    answer = client.post("/accounts/signup/", NEW | {"password1": "short"})

    assert 'value="Globex"' in answer.text
    assert 'value="mallory@globex.example"' in answer.text
    assert "This password is too short" in answer.text
    assert not Organization.objects.exists()


def test_a_wrong_password_is_said_in_words(client: Client, alice: User) -> None:
    answer = client.post("/accounts/login/", {"login": alice.email, "password": "wrong"})

    assert "not correct" in answer.text
    assert 'value="alice@acme.example"' in answer.text


def test_a_forgotten_password_is_changed_through_the_mail(
    client: Client, alice: User, acme: Organization, settle_all: Callable[[], int]
) -> None:
    asked = client.post("/accounts/password/reset/", {"email": alice.email}, follow=True)
    settle_all()
    link = next(word for word in mail.outbox[0].body.split() if "/password/reset/key/" in word)
    form = client.get(link, follow=True)
    path = form.redirect_chain[-1][0]

    words = {"password1": "a new long sentence", "password2": "a new long sentence"}
    client.post(path, words)

    assert "Look into your mail" in asked.text
    assert "Choose a new password" in form.text
    alice.refresh_from_db()
    assert alice.check_password("a new long sentence")


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
        "/accounts/password/reset/key/1-nonsense/",
        "/accounts/confirm-email/",
        "/accounts/confirm-email/nonsense/",
        "/accounts/inactive/",
    ],
)
@pytest.mark.django_db
def test_every_page_before_the_door_is_in_our_style(client: Client, path: str) -> None:
    page = client.get(path)

    assert page.status_code == 200
    assert 'class="front"' in page.text
    assert "<h1>" in page.text


@pytest.mark.parametrize(
    "path", ["/accounts/logout/", "/accounts/password/change/", "/accounts/email/"]
)
def test_every_page_of_the_account_is_in_our_style(client: Client, alice: User, path: str) -> None:
    alice.set_password("a long enough sentence")
    alice.save()
    client.post("/accounts/login/", {"login": alice.email, "password": "a long enough sentence"})

    page = client.get(path)

    assert page.status_code == 200
    assert 'class="front"' in page.text


def test_what_is_not_there_says_so(client: Client, alice: User) -> None:
    client.force_login(alice)

    page = client.get("/acme/nothing/")

    assert page.status_code == 404
    assert "There is nothing here" in page.text


def test_a_form_without_its_token_is_told_apart(alice: User, acme: Organization) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)

    page = client.post("/acme/tax-classes/", {"name": "Reduced", "rate": "7"})

    assert page.status_code == 403
    assert "This page is too old to be sent" in page.text


def test_the_switch_is_there_for_those_with_two_organizations(
    client: Client, alice: User, acme: Organization, globex: Organization
) -> None:
    client.force_login(alice)
    alone = client.get("/acme/orders/")

    globex.memberships.create(user=alice, role="viewer")

    assert 'href="/globex/"' not in alone.text
    assert 'href="/globex/"' in client.get("/acme/orders/").text
