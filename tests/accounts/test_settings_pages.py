from datetime import timedelta

import pytest
from django.test import Client

from apps.accounts.models import ApiKey, Membership, Organization, User

SETTINGS = {
    "name": "Acme & Daughters",
    "legal_name": "Acme Ltd",
    "address": "1 Orchard Lane",
    "tax_id": "DE123",
    "locale": "de",
    "timezone": "Europe/Berlin",
    "payment_hours": "48",
    "country": "FR",
    "payment_terms_days": "30",
    "tax_rounding": "total",
    "low_stock_at": "3",
}


@pytest.fixture
def desk(client: Client, alice: User, acme: Organization) -> Client:
    """Alice at her desk."""
    client.force_login(alice)
    return client


def test_settings_are_saved(desk: Client, acme: Organization) -> None:
    answer = desk.post("/acme/settings/", SETTINGS)

    assert answer["Location"] == "/acme/settings/"
    acme.refresh_from_db()
    assert acme.name == "Acme & Daughters"
    assert acme.payment_window == timedelta(hours=48)
    assert acme.timezone == "Europe/Berlin"
    assert acme.prices_include_tax is False
    saved = desk.get("/acme/settings/").text
    assert "Acme &amp; Daughters" in saved
    assert " disabled" not in saved


@pytest.mark.parametrize(
    "wrong",
    [
        {"payment_hours": "0"},
        {"timezone": "Mars/Olympus"},
        {"name": " "},
        {"country": "XX"},
        {"tax_rounding": "up"},
        {"low_stock_at": "-1"},
        {"payment_terms_days": "soon"},
    ],
)
def test_settings_that_make_no_sense_are_refused(
    desk: Client, acme: Organization, wrong: dict[str, str]
) -> None:
    answer = desk.post("/acme/settings/", SETTINGS | wrong)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == list(wrong)
    assert "1 Orchard Lane" in answer.text
    acme.refresh_from_db()
    assert acme.name == "Acme"


def test_whoever_is_slower_is_told_who_was_faster_and_loses_nothing(
    desk: Client, acme: Organization, victor: User
) -> None:
    Membership.objects.filter(user=victor).update(role=Membership.Role.ADMIN)
    opened = desk.get("/acme/settings/").context["form"]["version"].value()
    other = Client()
    other.force_login(victor)
    seen = SETTINGS | {"locale": "en", "version": opened}
    other.post("/acme/settings/", seen | {"tax_id": "DE999"})

    mine = seen | {"name": "Acme & Sons"}
    answer = desk.post("/acme/settings/", mine)

    assert answer.status_code == 409
    assert "Changed by Victor since you opened it." in answer.text
    assert 'value="Acme &amp; Sons"' in answer.text
    acme.refresh_from_db()
    assert (acme.name, acme.tax_id) == ("Acme & Daughters", "DE999")
    # Whoever has seen that may write over it.
    again = mine | {"version": answer.context["form"]["version"].value()}
    assert desk.post("/acme/settings/", again).status_code == 302
    acme.refresh_from_db()
    assert (acme.name, acme.tax_id) == ("Acme & Sons", "DE123")


def test_a_key_is_shown_once(desk: Client) -> None:
    made = desk.post("/acme/settings/keys/", {"name": "Web shop"})
    later = desk.get("/acme/settings/keys/")

    secret = made.context["secret"]
    assert secret in made.text
    assert made["Cache-Control"] == "no-store"
    assert secret not in later.text
    assert "Web shop" in later.text


def test_a_revoked_key_opens_nothing(desk: Client, api_key: str) -> None:
    key = ApiKey.objects.get()
    headers = {"Authorization": f"Bearer {api_key}"}
    before = desk.get("/api/v1/orders", headers=headers)

    desk.post(f"/acme/settings/keys/{key.pk}/revocation/")

    assert before.status_code == 200
    assert desk.get("/api/v1/orders", headers=headers).status_code == 401
    assert "Revoked" in desk.get("/acme/settings/keys/").text


def test_a_manager_looks_and_does_not_change(client: Client, victor: User) -> None:
    Membership.objects.filter(user=victor).update(role=Membership.Role.MANAGER)
    client.force_login(victor)

    looked = client.get("/acme/settings/").text
    above, fields = looked.split("<fieldset", 1)
    assert "Only owners and admins" in above
    assert fields.partition(">")[0].endswith(" disabled")
    refused = client.post("/acme/settings/", SETTINGS)
    assert refused.status_code == 403
    assert "Only owners and admins" in refused.text
    assert client.post("/acme/settings/keys/", {"name": "Mine"}).status_code == 403
    assert not ApiKey.objects.exists()
