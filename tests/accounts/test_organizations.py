from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.accounts import operations
from apps.accounts.models import ApiKey, Counter, Membership, Organization, User
from tests.together import at_once, overtaking

SIGN_UP = {
    "organization_name": "Tea & Tools",
    "currency": "EUR",
    "email": "zoe@tea.example",
    "password1": "correct horse battery",
}


def test_whoever_signs_up_owns_an_organization(client: Client, db: None) -> None:
    response = client.post("/accounts/signup/", SIGN_UP)

    assert response.status_code == 302
    organization = Organization.objects.get()
    assert (organization.slug, organization.currency) == ("tea-tools", "EUR")
    assert Membership.objects.get().role == "owner"
    assert client.get("/").headers["Location"] == "/tea-tools/"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"password1": "short"}, "too short"),
        ({"password1": "password1234"}, "too common"),
        ({"email": "nonsense"}, "valid email"),
        ({"organization_name": ""}, "required"),
        ({"currency": "XXX"}, "Select a valid choice"),
    ],
)
def test_a_sign_up_that_is_refused_keeps_what_was_typed(
    client: Client, db: None, change: dict[str, str], message: str
) -> None:
    typed = SIGN_UP | change
    page = client.post("/accounts/signup/", typed).content.decode()

    assert message in page
    assert all(typed[name] in page.replace("&amp;", "&") for name in ("organization_name", "email"))
    assert not User.objects.exists()
    assert not Organization.objects.exists()


def test_an_address_that_signs_up_at_the_same_moment_is_answered_as_a_known_one(
    transactional_db: None,
) -> None:
    second: Any = overtaking(
        lambda: User.objects.create_user(SIGN_UP["email"]),
        lambda: Client().post("/accounts/signup/", SIGN_UP),
    )
    later = Client().post("/accounts/signup/", SIGN_UP)

    assert (second.status_code, second.context["form"].errors) == (
        later.status_code,
        later.context["form"].errors,
    )
    assert list(later.context["form"].errors) == ["email"]
    assert not Organization.objects.exists()


def test_a_sign_up_that_is_sent_four_times_at_once_opens_one_shop(transactional_db: None) -> None:
    sent = [lambda: Client().post("/accounts/signup/", SIGN_UP)] * 4

    answers: list[Any] = at_once(sent)

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 302]
    assert User.objects.count() == Organization.objects.count() == 1


def test_two_shops_of_one_name_get_two_slugs(alice: User, mallory: User) -> None:
    first = operations.create_organization(name="Acme", owner=alice)
    second = operations.create_organization(name="Acme", owner=mallory)

    assert first.slug == "acme"
    assert second.slug.startswith("acme-")


@pytest.mark.parametrize("name", ["Admin", "API", "Static", "日本", "---"])
def test_a_slug_is_never_one_of_our_own_paths(alice: User, name: str) -> None:
    organization = operations.create_organization(name=name, owner=alice)

    assert organization.slug not in operations.TAKEN_SLUGS
    assert organization.slug


@pytest.mark.django_db(transaction=True)
def test_numbers_drawn_at_once_are_dense(acme: Organization) -> None:
    def draw(_: int) -> int:
        try:
            return operations.next_number(acme, "order")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(draw, range(32)))

    assert sorted(numbers) == list(range(1, 33))
    assert Counter.objects.get().value == 32


def test_a_key_is_kept_as_a_hash(acme: Organization) -> None:
    key, secret = operations.create_api_key(organization=acme, name="Shop")

    stored = ApiKey.objects.values().get()
    assert secret not in map(str, stored.values())
    assert secret.startswith(key.prefix)
