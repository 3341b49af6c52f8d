"""Acme's Bert reads German: pages, refusals, figures and documents, while Alice reads English."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import translation

from apps.accounts.models import Membership, Organization, User
from apps.catalog.models import Variant
from apps.core.countries import countries
from apps.core.languages import speaking
from apps.events import operations as events
from apps.events.models import Event
from apps.events.tables import Reaction
from apps.fulfillment import operations as fulfillment
from apps.invoicing.documents.pages import as_shown
from apps.invoicing.models import Invoice
from apps.orders import operations as orders
from apps.orders.models import Order

# What a browser or a program reads: a figure in it has a point wherever its reader comes from.
FIGURE = re.compile(
    r"""\s(?:value|min|max|step|width|height|x|y|cx|cy|r|d|points|data-[\w-]+)="([^"]*)\""""
)


@pytest.fixture
def bert(acme: Organization) -> User:
    user = User.objects.create_user("bert@acme.example", name="Bert", language="de")
    Membership.objects.create(user=user, organization=acme, role=Membership.Role.MANAGER)
    return user


@pytest.fixture
def pult(bert: User) -> Client:
    """Bert at his desk."""
    client = Client()
    client.force_login(bert)
    return client


def test_lists_and_orders_speak_german(
    pult: Client, client: Client, alice: User, order: Order
) -> None:
    client.force_login(alice)

    german, english = pult.get("/acme/orders/1/").text, client.get("/acme/orders/1/").text

    assert "Bestellung 1" in german
    assert "Ausstehend" in german
    assert "49,98\xa0€" in german
    assert "Order 1" in english
    assert "Pending" in english
    assert "€49.98" in english
    assert "Bestellungen" in pult.get("/acme/orders/").text


def test_a_refusal_speaks_german(pult: Client, order: Order) -> None:
    answer = pult.post("/acme/orders/1/shipment/", {"version": order.version})

    assert (
        "Nur bestätigte Bestellungen werden versandt. Bestellung 1 ist ausstehend." in answer.text
    )


def test_viewers_and_strangers_are_refused_in_german(pult: Client, order: Order) -> None:
    Membership.objects.update(role=Membership.Role.VIEWER)

    assert "Rolle" in pult.post("/acme/orders/1/notes/", {"text": "x"}).text


def test_money_and_dates_are_written_as_germans_do() -> None:
    context = Context(
        {
            "organization": Organization(locale="en_GB", timezone="Europe/Berlin"),
            "moment": datetime(2026, 11, 22, 23, 30, tzinfo=UTC),
            "date": date(2026, 11, 23),
        }
    )
    page = Template(
        "{% load core %}{% money 123456 'EUR' %}|{% day moment %}|{% day date %}|{% when moment %}"
    )

    with speaking("de"):
        amount, *moments = re.sub("<[^>]+>", "", page.render(context)).split("|")

    assert amount == "1.234,56\xa0€"
    assert moments == ["23. Nov. 2026", "23. Nov. 2026", "23. Nov. 2026, 00:30"]


def test_an_amount_may_be_typed_with_a_comma(pult: Client, order: Order) -> None:
    typed = {"method": "cash", "amount": "12,50", "key": "a"}
    pult.post("/acme/orders/1/payments/", typed)

    order.refresh_from_db()
    assert order.captured == 1250


@pytest.mark.parametrize(
    "path",
    [
        "/acme/",
        "/acme/orders/",
        "/acme/orders/1/",
        "/acme/orders/new/",
        "/acme/products/teapot/",
        "/acme/stock/",
        "/acme/customers/",
    ],
)
def test_what_programs_read_on_a_page_keeps_its_point(
    pult: Client, order: Order, path: str
) -> None:
    page = pult.get(path)

    assert page.status_code == 200
    assert [one for one in FIGURE.findall(page.text) if re.fullmatch(r"-?\d+,\d+", one)] == []


def test_countries_are_named_and_ordered_in_german() -> None:
    with speaking("de"):
        names = [name for _, name in countries()]

    assert names[:3] == ["Afghanistan", "Ägypten", "Ålandinseln"]
    assert "Österreich" in names


def test_documents_speak_the_language_of_the_shop(
    acme: Organization, order: Order, teapot: Variant, alice: User, settle_all: Callable[[], int]
) -> None:
    Organization.objects.update(locale="de")
    order.refresh_from_db()
    orders.confirm_order(order=order, confirmed_by=alice)
    fulfillment.ship_order(order=order, shipped_by=alice)
    settle_all()
    invoice = Invoice.objects.get()

    with speaking(invoice.organization.locale):
        shown = as_shown(invoice)

    assert shown["title"] == f"Rechnung {invoice.label}"
    assert shown["words"]["payable"] == "Noch zu zahlen"
    assert shown["gross"] == "49,98\xa0€"
    assert translation.get_language() == "en"


def test_every_delivery_begins_in_our_own_language(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str | None] = []

    def listen(event: Event) -> None:
        heard.append(translation.get_language())
        translation.activate("de")

    reactions = {"order.placed": {"first": Reaction(listen), "second": Reaction(listen)}}
    monkeypatch.setattr("config.reactions.REACTIONS", reactions)
    events.dispatch_events()
    due: list[int] = []
    events.hand_over(due.append)

    for delivery in due:
        events.settle(delivery_id=delivery)

    assert heard == ["en", "en"]
