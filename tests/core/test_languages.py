"""Each reader in their language, with the figures and dates that go with it."""

import threading
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from apps.accounts.models import Membership, Organization, User
from apps.core.languages import figures, speaking
from apps.orders.models import Order

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}


@pytest.mark.parametrize(
    ("spoken", "locale", "shown"),
    [
        ("en", "en", "en"),
        ("en", "en_GB", "en_GB"),
        ("en", "en-GB", "en_GB"),
        ("de", "en_GB", "de"),
        ("de", "de_CH", "de_CH"),
        ("en", "de_CH", "en_CH"),
        ("en", "de", "en"),
        ("en", "fr", "fr"),
        ("de", "fr", "de"),
        ("de", "nonsense", "de"),
        ("en", "", "en"),
    ],
)
def test_figures_follow_the_reader_in_the_region_of_the_shop(
    spoken: str, locale: str, shown: str
) -> None:
    with translation.override(spoken):
        assert str(figures(locale)) == shown


def test_what_is_written_for_a_shop_speaks_its_language_and_no_longer() -> None:
    with speaking("de_CH"):
        inside = translation.get_language()

    assert (inside, translation.get_language()) == ("de", "en")


@pytest.fixture
def bert(acme: Organization) -> User:
    """Works at Acme, and reads German."""
    user = User.objects.create_user("bert@acme.example", name="Bert", language="de")
    Membership.objects.create(user=user, organization=acme, role=Membership.Role.MANAGER)
    return user


def test_two_people_read_one_order_each_in_their_language(
    client: Client, alice: User, bert: User, order: Order
) -> None:
    german = Client()
    german.force_login(bert)
    client.force_login(alice)

    first, second, third = (one.get("/acme/orders/1/") for one in (german, client, german))

    assert first["Content-Language"] == third["Content-Language"] == "de"
    assert second["Content-Language"] == "en"
    assert '<html lang="de">' in first.text
    assert '<html lang="en">' in second.text
    assert "49,98\xa0€" in first.text
    assert "€49.98" in second.text


def test_a_shop_speaks_its_own_language_to_those_who_chose_none(
    client: Client, alice: User, acme: Organization
) -> None:
    Organization.objects.update(locale="de_CH")
    client.force_login(alice)

    assert client.get("/acme/orders/")["Content-Language"] == "de"
    alice.language = "en"
    alice.save()
    assert client.get("/acme/orders/")["Content-Language"] == "en"


@pytest.mark.django_db
def test_a_stranger_reads_what_their_browser_asks_for(client: Client) -> None:
    assert client.get("/", headers=GERMAN)["Content-Language"] == "de"
    assert client.get("/", headers={"Accept-Language": "fr"})["Content-Language"] == "en"


@pytest.mark.django_db
def test_a_stranger_changes_the_language_at_the_foot_of_the_page(client: Client) -> None:
    page = client.get("/accounts/login/")
    assert 'action="/accounts/language/"' in page.text

    answer = client.post("/accounts/language/", {"language": "de", "next": "/accounts/login/"})

    assert answer["Location"] == "/accounts/login/"
    assert client.get("/accounts/login/")["Content-Language"] == "de"


@pytest.mark.django_db
def test_who_signs_up_in_german_opens_a_shop_that_speaks_it(client: Client) -> None:
    new = {"organization_name": "Globex", "currency": "EUR", "email": "mallory@globex.example"}

    client.post("/accounts/signup/", new | {"password1": "a long enough sentence"}, headers=GERMAN)

    assert Organization.objects.get().locale == "de"


def test_a_person_chooses_their_language(client: Client, alice: User, acme: Organization) -> None:
    client.force_login(alice)

    answer = client.post("/accounts/person/", {"name": "Alice", "language": "de"})
    refused = client.post("/accounts/person/", {"name": "Alice", "language": "tlh"})

    assert (answer.status_code, refused.status_code) == (302, 422)
    assert client.get("/acme/orders/")["Content-Language"] == "de"
    assert client.get("/accounts/password/change/")["Content-Language"] == "de"


def test_a_choice_of_a_language_is_taken_back_everywhere(
    client: Client, alice: User, acme: Organization
) -> None:
    client.force_login(alice)

    client.post("/accounts/person/", {"name": "Alice", "language": "de"})
    chosen = client.get("/acme/")
    client.post("/accounts/person/", {"name": "Alice", "language": ""})

    assert "Die Einstellungen sind gespeichert." in chosen.text
    assert client.get("/acme/orders/")["Content-Language"] == "en"
    assert client.get("/accounts/password/change/")["Content-Language"] == "en"


def test_programs_are_answered_in_english(client: Client, api_key: str) -> None:
    headers = GERMAN | {"Authorization": f"Bearer {api_key}"}
    client.get("/", headers=GERMAN)

    missing = client.get("/api/v1/orders/7", headers=headers)
    refused = client.post(
        "/api/v1/orders", {"lines": []}, content_type="application/json", headers=headers
    )

    assert missing.json()["title"] == "There is nothing here."
    assert refused.json()["title"] == "The request is not valid."
    assert "Content-Language" not in missing.headers


def test_no_request_hears_the_language_of_the_one_before(client: Client, bert: User) -> None:
    client.force_login(bert)
    client.get("/acme/orders/")

    assert translation.get_language() == "en"
    assert Client().get("/accounts/login/")["Content-Language"] == "en"


def test_a_thread_does_not_hear_another() -> None:
    heard: list[str | None] = []
    with translation.override("de"):
        thread = threading.Thread(target=lambda: heard.append(translation.get_language()))
        thread.start()
        thread.join()

    assert heard == ["en"]


def test_formats_follow_what_is_spoken() -> None:
    page = Template("{% load core %}{% money 123456 'EUR' %} {% percent rate %}")
    context = Context({"organization": Organization(locale="en_GB"), "rate": Decimal("7.5")})

    with speaking("de"):
        german = page.render(context)

    assert german == "1.234,56\xa0€ 7,5 %"
    assert page.render(context) == "€1,234.56 7.5 %"
    assert gettext("Save") == "Save"
