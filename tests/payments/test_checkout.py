"""The page where a customer pays: nobody is signed in, the link is the permission."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.signing import Signer
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.orders import operations as orders
from apps.orders.models import Adjustment, Order
from apps.payments import operations, queries
from apps.payments.models import Payment
from tests.payments.conftest import our_ledger
from tests.payments.provider import CardServer

Pay = Callable[..., Payment]


def path_of(order: Order, capture: str = "automatic") -> str:
    link = queries.checkout_link(order, Payment.CaptureMethod(capture))
    return "/pay/" + link.rpartition("/pay/")[2]


def test_it_shows_what_is_to_be_paid_and_for_what(
    client: Client, order: Order, cards: CardServer
) -> None:
    answer = client.get(path_of(order))

    assert answer.status_code == 200
    for shown in ("Acme", "Order 1", "2 × Teapot", "Pay €49.98", 'data-key="pk_test"'):
        assert shown in answer.text
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_what_is_shown_adds_up_to_what_is_asked_for(
    client: Client, acme: Organization, teapot: Variant, jo: orders.Buyer, cards: CardServer
) -> None:
    acme.prices_include_tax = False
    acme.save()
    shipping = orders.AdjustmentItem(
        Adjustment.Kind.SHIPPING, "By post", amount=500, tax_rate=Decimal(19)
    )
    order = orders.place_order(
        organization=acme,
        buyer=jo,
        items=[orders.Item(teapot, 1)],
        adjustments=[shipping],
        placed_by=None,
    )

    page = client.get(path_of(order)).text

    # 24.99 + 5.00 net, and 19 % of both.
    for shown in ("€24.99", "By post</dt><dd>€5.00", "Tax</dt><dd>€5.70", "Pay €35.69"):
        assert shown in page


def test_to_look_asks_nobody_and_changes_nothing(
    client: Client, order: Order, cards: CardServer
) -> None:
    client.get(path_of(order))

    assert cards.calls == []
    assert not Payment.objects.exists()


def test_its_policy_lets_the_script_of_the_provider_in_and_no_other_page_does(
    client: Client, order: Order, cards: CardServer, alice: User
) -> None:
    checkout = client.get(path_of(order))["Content-Security-Policy"]
    client.force_login(alice)
    desk = client.get("/acme/orders/1/")["Content-Security-Policy"]

    assert "script-src 'self' 'nonce-" in checkout or "https://js.stripe.com" in checkout
    assert "frame-src https://js.stripe.com" in checkout
    assert "stripe" not in desk


def test_a_card_is_taken_from_beginning_to_end(
    client: Client, order: Order, cards: CardServer
) -> None:
    begun = client.post(f"{path_of(order)}begin/").json()
    cards.pay(begun["client_secret"].partition("_secret")[0])

    answer = client.get(f"{path_of(order)}return/")

    order.refresh_from_db()
    assert "It is paid. Thank you!" in answer.text
    assert order.status == "confirmed"
    assert our_ledger() == cards.ledger()
    assert "It is paid. Thank you!" in client.get(path_of(order)).text
    assert client.post(f"{path_of(order)}begin/").status_code == 409


def test_money_may_only_be_reserved(client: Client, order: Order, cards: CardServer) -> None:
    path = path_of(order, "manual")
    assert "Reserve €49.98" in client.get(path).text
    begun = client.post(f"{path}begin/").json()
    cards.pay(begun["client_secret"].partition("_secret")[0])

    answer = client.get(f"{path}return/")

    order.refresh_from_db()
    assert "The amount is reserved" in answer.text
    assert (order.payment_status, order.captured) == ("authorized", 0)
    assert client.post(f"{path}begin/").status_code == 409


def test_a_payment_that_was_not_made_says_why(
    client: Client, order: Order, cards: CardServer
) -> None:
    begun = client.post(f"{path_of(order)}begin/").json()
    cards.pay(begun["client_secret"].partition("_secret")[0], declined="No funds left.")

    answer = client.get(f"{path_of(order)}return/")

    assert "The payment was not made. No funds left." in answer.text
    assert "Pay €49.98" in answer.text


def test_while_nobody_knows_the_customer_is_told_not_to_pay_again(
    client: Client, order: Order, cards: CardServer
) -> None:
    begun = client.post(f"{path_of(order)}begin/").json()
    cards.pay(begun["client_secret"].partition("_secret")[0])
    cards.dead = True

    assert "Do not pay again" in client.get(f"{path_of(order)}return/").text


def test_a_provider_that_is_away_is_said_at_once(
    client: Client, order: Order, cards: CardServer
) -> None:
    cards.dead = True
    answers = [client.post(f"{path_of(order)}begin/") for _ in range(5)]

    assert {one.status_code for one in answers} == {503}
    assert "Try again in a minute" in answers[-1].json()["error"]
    assert len(cards.calls) == 3


def test_a_provider_that_is_away_is_said_in_the_language_of_the_payer(
    client: Client, order: Order, cards: CardServer
) -> None:
    cards.dead = True
    german = {"Accept-Language": "de"}
    answers = [client.post(f"{path_of(order)}begin/", headers=german) for _ in range(4)]

    assert answers[0].json()["error"].startswith("Stripe hat nicht geantwortet.")
    assert answers[-1].json()["error"].startswith("Kartenzahlungen gehen im Moment nicht.")


def test_an_order_that_has_stopped_takes_no_card(
    client: Client, order: Order, cards: CardServer, alice: User
) -> None:
    orders.cancel_order(order=order, reason="No", cancelled_by=alice)

    answer = client.get(path_of(order))

    assert "is cancelled" in answer.text
    assert "checkout.js" not in answer.text
    refused = client.post(f"{path_of(order)}begin/")
    assert (refused.status_code, refused.json()["error"]) == (409, "Order 1 is cancelled.")


def test_an_expired_order_says_so(client: Client, order: Order, cards: CardServer) -> None:
    orders.expire_unpaid_orders(timezone.now() + timedelta(days=90))

    assert "has expired because it was not paid in time" in client.get(path_of(order)).text


def test_without_a_provider_the_page_says_who_knows_more(client: Client, order: Order) -> None:
    assert "Acme tells you how else" in client.get(path_of(order)).text
    assert client.post(f"{path_of(order)}begin/").status_code == 409


MANGLED = [
    "x",
    "WzEsImF1dG9tYXRpYyJd",
    "WzEsImF1dG9tYXRpYyJd:forged",
    ":",
    "%00",
    "é",
    "a" * 3000,
    "..",
]


@pytest.mark.parametrize("token", MANGLED)
@pytest.mark.parametrize("end", ["", "begin/", "return/"])
def test_a_mangled_link_leads_nowhere(client: Client, order: Order, token: str, end: str) -> None:
    path = f"/pay/{token}/{end}"
    answer = client.post(path) if end == "begin/" else client.get(path)

    assert answer.status_code == 404


def test_what_another_signer_signed_is_no_link(client: Client, order: Order) -> None:
    token = Signer(salt="elsewhere").sign_object([order.pk, "automatic"])

    assert client.get(f"/pay/{token}/").status_code == 404


def test_a_link_outlives_a_change_of_the_secret_key(
    client: Client, order: Order, settings: Settings
) -> None:
    path = path_of(order)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-" * 8

    assert client.get(path).status_code == 200


def test_a_draft_has_no_page(client: Client, order: Order, jo: orders.Buyer) -> None:
    draft = orders.save_draft(organization=order.organization, buyer=jo, items=[], saved_by=None)

    assert client.get(path_of(draft)).status_code == 404


def test_what_is_open_for_less_is_asked_for_no_more(
    client: Client, order: Order, cards: CardServer, alice: User
) -> None:
    operations.record_payment(
        order=order, amount=1000, method=Payment.Method.CASH, recorded_by=alice
    )

    assert "Pay €39.98" in client.get(path_of(order)).text


def test_begin_insists_on_the_token_of_the_form(order: Order, cards: CardServer) -> None:
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(f"{path_of(order)}begin/").status_code == 403


def test_a_webhook_needs_no_such_token(cards: CardServer, db: None) -> None:
    assert Client(enforce_csrf_checks=True).post("/webhooks/stripe/").status_code == 400
    assert Client().get("/webhooks/stripe/").status_code == 405


def test_money_can_be_transferred_where_the_shop_says_where_to(
    client: Client, order: Order, acme: Organization, cards: CardServer
) -> None:
    path = path_of(order)
    assert "By bank transfer" not in client.get(path).text
    acme.bank_details = "IBAN DE02 1203"
    acme.save()

    for page in (client.get(path).text, client.get(f"{path}return/").text):
        assert "IBAN DE02 1203" in page
        assert "Reference" in page
    # What is only reserved cannot be transferred.
    assert "IBAN" not in client.get(path_of(order, "manual")).text


def test_where_cards_are_off_the_bank_is_the_way(
    client: Client, order: Order, acme: Organization
) -> None:
    acme.bank_details = "IBAN DE02 1203"
    acme.save()

    page = client.get(path_of(order)).text

    assert "IBAN DE02 1203" in page
    assert "tells you how else" not in page


def test_the_page_costs_few_statements(
    client: Client,
    order: Order,
    cards: CardServer,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    path = path_of(order)

    with django_assert_max_num_queries(5):
        client.get(path)
