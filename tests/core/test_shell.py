"""Around every page: where one is, who one is, and what there is to say."""

import re

import pytest
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import Client
from django.urls import path

from apps.accounts.models import User
from apps.core.places import PLACES, UNDER_THE_THUMB
from apps.core.templatetags.core import initials
from apps.orders.models import Order
from config.urls import urlpatterns as ours


def says(request: HttpRequest) -> HttpResponse:
    messages.success(request, "Order <1> is held.", extra_tags="/acme/orders/1/release/")
    messages.error(request, "That did not work.")
    return render(request, "core/toasts.html")


urlpatterns = [path("says/", says), *ours]


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("/acme/", "Dashboard"),
        ("/acme/orders/", "Orders"),
        ("/acme/orders/1/", "Orders"),
        ("/acme/picking/", "Picking"),
        ("/acme/products/", "Products"),
        ("/acme/stock/movements/", "Stock"),
        ("/acme/customers/", "Customers"),
        ("/acme/tax-classes/", "Settings"),
        ("/acme/styleguide/", "Settings"),
    ],
)
def test_the_navigation_shows_where_one_is(
    client: Client, alice: User, order: Order, address: str, place: str
) -> None:
    client.force_login(alice)

    page = client.get(address).text

    nav = page.partition('<nav class="nav"')[2].partition("<details")[0]
    here = re.findall(r'aria-current="true">.*?nav-name">([^<]+)<', nav)
    assert here == [place]


def test_a_phone_has_five_places_to_press(client: Client, alice: User, order: Order) -> None:
    client.force_login(alice)

    nav = client.get("/acme/orders/").text.partition('<nav class="nav"')[2].partition("</nav>")[0]

    assert nav.count("nav-wide") == len(PLACES) - UNDER_THE_THUMB
    assert nav.count("<summary") == 1
    behind = nav.partition("<details")[2]
    assert all(str(place.name) in behind for place in PLACES[UNDER_THE_THUMB:])


def test_every_place_has_a_key_of_its_own() -> None:
    keys = [place.key for place in PLACES]

    assert len(set(keys)) == len(keys)
    # These are pressed alone: after `g` they would surprise.
    assert not set(keys) & {"g", "j", "n", "x"}


@pytest.mark.parametrize(
    ("person", "letters"),
    [
        ("Orla Byrne", "OB"),
        ("Ana Maria de Souza", "AS"),
        ("Cher", "C"),
        ("orla.byrne@customer.example", "OB"),
        ("élodie", "É"),
        ("42", "?"),
    ],
)
def test_a_person_is_two_letters(person: str, letters: str) -> None:
    assert initials(person) == letters


@pytest.mark.urls("tests.core.test_shell")
@pytest.mark.django_db
def test_what_there_is_to_say_can_be_taken_back(client: Client) -> None:
    said = client.get("/says/").text

    assert "Order &lt;1&gt; is held." in said
    assert re.findall(r'action="([^"]+)"', said) == ["/acme/orders/1/release/"]
    assert said.count("toast-error") == 1


def test_the_region_of_messages_is_there_before_its_words(
    client: Client, alice: User, order: Order
) -> None:
    client.force_login(alice)

    page = client.get("/acme/orders/").text

    assert re.search(r'<div class="toasts" id="toasts" role="status"[^>]*>\s*</div>', page)
    assert 'data-login="/accounts/login/"' in page
