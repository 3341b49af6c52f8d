"""The page of an order for its customer: nobody is signed in, the link is the permission."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.signing import Signer, TimestampSigner, b62_encode
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.fulfillment import operations as fulfillment
from apps.fulfillment.models import Fulfillment, Return
from apps.orders import operations as orders
from apps.orders.models import Order, OrderHold
from apps.payments import operations as payments
from apps.payments.models import Payment
from apps.storefront import queries
from tests.payments.conftest import cards  # noqa: F401 - a fixture
from tests.payments.provider import CardServer

Path = Callable[[Order], str]
Settle = Callable[[], int]


class OldSigner(TimestampSigner):
    """Signs as if it were half a year and a day ago."""

    def timestamp(self) -> str:
        return b62_encode(
            int(time.time() - (queries.KEEP_LINKS + timedelta(days=1)).total_seconds())
        )


def steps_of(page: str) -> list[str]:
    return [part.partition('"')[0] for part in page.split('<li class="station-')[1:]]


def test_it_shows_what_was_ordered_and_what_it_comes_to(
    client: Client, order: Order, path_of: Path
) -> None:
    answer = client.get(path_of(order))

    assert answer.status_code == 200
    for shown in ("Acme", "Order 1", "Teapot", "2 × €24.99", "€49.98", "Still to pay"):
        assert shown in answer.text


def test_no_cache_keeps_it_and_nobody_lists_it_or_hears_its_address(
    client: Client, order: Order, path_of: Path
) -> None:
    answer = client.get(path_of(order))

    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Referrer-Policy"] == "same-origin"
    assert '<meta name="robots" content="noindex, nofollow">' in answer.text


def test_it_says_in_words_where_the_order_is(
    client: Client, order: Order, path_of: Path, alice: User
) -> None:
    def now() -> tuple[str, list[str]]:
        page = client.get(path_of(order)).text
        return page.partition("<h1>")[2].partition("</h1>")[0], steps_of(page)

    line = order.lines.get()
    seen = [now()]
    payments.mark_as_paid(order=order, method=Payment.Method.CASH, reference="", marked_by=alice)
    seen.append(now())
    [first] = fulfillment.open_fulfillment(order=order, quantities={line.pk: 1}, opened_by=alice)
    seen.append(now())
    fulfillment.ship_fulfillment(fulfillment=first, shipped_by=alice)
    seen.append(now())
    [second] = fulfillment.ship_order(order=order, shipped_by=alice)
    seen.append(now())
    fulfillment.mark_delivered(fulfillment=first, marked_by=alice)
    seen.append(now())
    fulfillment.mark_delivered(fulfillment=second, marked_by=alice)
    seen.append(now())

    assert seen == [
        ("We have your order and wait for your payment.", ["all", *["none"] * 4]),
        ("We have your order and will pack it soon.", ["all", "all", *["none"] * 3]),
        ("Your order is being packed.", ["all", "all", "some", "none", "none"]),
        ("A part of your order is on its way to you.", ["all", "all", "some", "some", "none"]),
        ("Your order is on its way to you.", ["all", "all", "all", "all", "none"]),
        ("Your order is on its way to you.", ["all", "all", "all", "all", "some"]),
        ("Your order has arrived.", ["all"] * 5),
    ]


def test_it_says_in_words_what_becomes_of_a_return(
    client: Client, order: Order, parcel: Fulfillment, path_of: Path, alice: User
) -> None:
    def now() -> str:
        return client.get(path_of(order)).text.partition("<h1>")[2].partition("</h1>")[0]

    def ask() -> Return:
        units = {order.lines.get().pk: 1}
        return fulfillment.request_return(
            order=order, quantities=units, reason="Blue", requested_by=None
        )

    declined = ask()
    seen = [now()]
    fulfillment.decline_return(rma=declined, reason="It is worn.", declined_by=alice)
    seen.append(now())
    cancelled = ask()
    fulfillment.cancel_return(rma=cancelled, cancelled_by=alice)
    seen.append(now())
    first = ask()
    fulfillment.approve_return(rma=first, approved_by=alice)
    seen.append(now())
    # A return that is under way comes before one that has ended, and before what a parcel does.
    fulfillment.decline_return(rma=ask(), reason="It is worn too.", declined_by=alice)
    seen.append(now())
    fulfillment.mark_delivered(fulfillment=parcel, marked_by=alice)
    seen.append(now())
    came = [fulfillment.Arrival(order.lines.get().pk, 1, "damaged")]
    fulfillment.receive_return(rma=first, arrivals=came, received_by=alice)
    seen.append(now())
    fulfillment.close_return(rma=first, resolution=Return.Resolution.NONE, closed_by=alice)
    seen.append(now())

    assert seen == [
        "We are looking at your return request.",
        "We cannot accept your return.",
        "We cannot accept your return.",
        *["You may send your return to us."] * 3,
        "Your return has arrived. We are checking it.",
        "Your return is done.",
    ]


@pytest.mark.parametrize(
    ("resolution", "said"),
    [
        ("refund", "Your return is done: what it cost is credited to you."),
        ("exchange", "Your return is done: we send it to you again."),
    ],
)
def test_it_says_in_words_how_a_return_ended_until_a_parcel_moves(
    client: Client,
    order: Order,
    parcel: Fulfillment,
    path_of: Path,
    alice: User,
    resolution: str,
    said: str,
) -> None:
    line = order.lines.get().pk
    rma = fulfillment.request_return(
        order=order, quantities={line: 1}, reason="Blue", requested_by=None
    )
    fulfillment.approve_return(rma=rma, approved_by=alice)
    came = [fulfillment.Arrival(line, 1, "restock")]
    fulfillment.receive_return(rma=rma, arrivals=came, received_by=alice)
    fulfillment.close_return(rma=rma, resolution=Return.Resolution(resolution), closed_by=alice)
    assert f"<h1>{said}</h1>" in client.get(path_of(order)).text

    fulfillment.mark_delivered(fulfillment=parcel, marked_by=alice)

    assert "<h1>Your order has arrived.</h1>" in client.get(path_of(order)).text


def test_a_parcel_says_where_it_can_be_looked_for(
    client: Client, order: Order, parcel: Fulfillment, path_of: Path
) -> None:
    page = client.get(path_of(order)).text

    assert "DHL · 0042" in page
    assert 'href="https://dhl.example/0042" rel="noreferrer noopener nofollow"' in page


def test_a_pick_list_that_was_given_up_is_nobodys_parcel(
    client: Client, order: Order, path_of: Path, alice: User
) -> None:
    orders.confirm_order(order=order, confirmed_by=alice)
    [parcel] = fulfillment.open_fulfillment(order=order, opened_by=alice)
    fulfillment.cancel_fulfillment(fulfillment=parcel, cancelled_by=alice)

    assert steps_of(client.get(path_of(order)).text)[2] == "none"


def test_what_is_owed_can_be_paid(
    client: Client,
    order: Order,
    path_of: Path,
    cards: CardServer,  # noqa: F811
) -> None:
    assert "/pay/" in client.get(path_of(order)).text


def test_where_cards_are_off_no_button_leads_nowhere(
    client: Client, order: Order, path_of: Path
) -> None:
    assert "Pay now" not in client.get(path_of(order)).text


def test_documents_are_fetched_from_the_store(
    client: Client, order: Order, parcel: Fulfillment, path_of: Path, settle_all: Settle
) -> None:
    settle_all()
    assert "documents/INV-00001/" in client.get(path_of(order)).text

    answer = client.get(f"{path_of(order)}documents/INV-00001/")

    assert answer.status_code == 302
    assert "X-Amz-Signature" in answer["Location"]
    assert "no-store" in answer["Cache-Control"]


def test_the_document_of_another_order_is_not_there(
    client: Client,
    order: Order,
    parcel: Fulfillment,
    path_of: Path,
    settle_all: Settle,
    jo: orders.Buyer,
    kettle: Variant,
) -> None:
    settle_all()
    other = orders.place_order(
        organization=order.organization, buyer=jo, items=[orders.Item(kettle, 1)], placed_by=None
    )

    for label in ("INV-00001", "INV-99999", "nonsense", "CN-00001"):
        assert client.get(f"{path_of(other)}documents/{label}/").status_code == 404


def test_it_says_nothing_that_is_the_shops_own_affair(
    client: Client,
    order: Order,
    parcel: Fulfillment,
    path_of: Path,
    alice: User,
    acme: Organization,
) -> None:
    """No notes, nobody who works there, and no address that a forwarded mail gives away."""
    Order.objects.update(
        note="OURS", tags=["OURS"], shipping_address="THEIRS", metadata={"x": "OURS"}
    )
    orders.add_note(order=Order.objects.get(), text="OURS", written_by=alice)
    orders.place_hold(
        order=Order.objects.get(), kind=OrderHold.Kind.MANUAL, reason="OURS", placed_by=alice
    )
    User.objects.filter(pk=alice.pk).update(name="OURS", email="ours@acme.example")
    fulfillment.request_return(
        order=Order.objects.get(),
        quantities={order.lines.get().pk: 1},
        reason="Broken",
        requested_by=alice,
    )

    for path in (path_of(order), f"{path_of(order)}return/"):
        page = client.get(path).text
        for secret in ("OURS", "ours@", "THEIRS", "Jo March", "jo@customer.example"):
            assert secret not in page


MANGLED = ["x", "WzFd", "MQ:1tXyzA:forged", ":", "%00", "é", "a" * 3000, ".."]


@pytest.mark.parametrize("token", MANGLED)
@pytest.mark.parametrize("end", ["", "return/", "documents/INV-00001/"])
def test_a_mangled_link_leads_nowhere(client: Client, order: Order, token: str, end: str) -> None:
    assert client.get(f"/track/{token}/{end}").status_code == 404


def test_what_another_signer_signed_is_no_link(client: Client, order: Order) -> None:
    for signer in (Signer(salt=queries.SALT), TimestampSigner(salt="apps.payments.checkout")):
        assert client.get(f"/track/{signer.sign_object(order.pk)}/").status_code == 404


def test_a_link_to_pay_is_none_to_look_and_the_other_way_round(
    client: Client, order: Order, path_of: Path
) -> None:
    assert client.get(path_of(order).replace("/track/", "/pay/")).status_code == 404


@pytest.mark.parametrize("end", ["", "return/", "documents/INV-00001/"])
def test_a_link_ends_and_says_so(client: Client, order: Order, end: str) -> None:
    token = OldSigner(salt=queries.SALT).sign_object(order.pk)

    answer = client.get(f"/track/{token}/{end}")

    assert answer.status_code == 410
    assert "This link has ended" in answer.text
    assert "Teapot" not in answer.text


def test_a_link_outlives_a_change_of_the_secret_key(
    client: Client, order: Order, path_of: Path, settings: Settings
) -> None:
    path = path_of(order)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-" * 8

    assert client.get(path).status_code == 200


def test_a_draft_has_no_page(client: Client, order: Order, jo: orders.Buyer, path_of: Path) -> None:
    draft = orders.save_draft(organization=order.organization, buyer=jo, items=[], saved_by=None)

    assert client.get(path_of(draft)).status_code == 404


def test_an_order_that_has_stopped_says_so_and_shows_no_progress(
    client: Client, order: Order, path_of: Path, alice: User
) -> None:
    orders.cancel_order(order=order, reason="Out of teapots", cancelled_by=alice)

    page = client.get(path_of(order)).text

    assert "This order is cancelled." in page
    assert "Out of teapots" in page
    assert steps_of(page) == []


def test_an_expired_order_says_so(client: Client, order: Order, path_of: Path) -> None:
    orders.expire_unpaid_orders(timezone.now() + timedelta(days=90))

    assert "was not paid in time" in client.get(path_of(order)).text


def test_it_speaks_the_language_of_the_browser(client: Client, order: Order, path_of: Path) -> None:
    page = client.get(path_of(order), headers={"Accept-Language": "de"}).text

    assert '<html lang="de">' in page


def test_many_lines_parcels_and_returns_cost_no_more_statements(
    client: Client,
    acme: Organization,
    stock_product: Callable[..., Variant],
    jo: orders.Buyer,
    alice: User,
    path_of: Path,
    settle_all: Settle,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    items = [
        orders.Item(stock_product(f"POT-{number}", f"Pot {number}", "5", 9), 3)
        for number in range(8)
    ]
    order = orders.place_order(organization=acme, buyer=jo, items=items, placed_by=alice)
    order = orders.confirm_order(order=order, confirmed_by=alice)
    for line in order.lines.all():
        fulfillment.ship_order(order=order, quantities={line.pk: 2}, shipped_by=alice)
        fulfillment.request_return(
            order=order, quantities={line.pk: 1}, reason="No", requested_by=None
        )
    settle_all()
    path = path_of(order)

    with django_assert_max_num_queries(7):
        answer = client.get(path)
    with django_assert_max_num_queries(2):
        client.get(f"{path}return/")

    assert answer.text.count('class="announced') == 8
    assert len(answer.content) < 100_000


def test_who_only_looks_gets_no_link_by_which_customers_act(
    client: Client, order: Order, victor: User
) -> None:
    client.force_login(victor)

    assert "as-customer" not in client.get("/acme/orders/1/").text
    assert client.get("/acme/orders/1/as-customer/").status_code == 403


def test_staff_are_led_from_the_order_to_what_its_customer_sees(
    client: Client, order: Order, alice: User
) -> None:
    client.force_login(alice)
    page = client.get("/acme/orders/1/")
    assert "/acme/orders/1/as-customer/" in page.text
    # A link that is good for half a year stands in no page of the desk.
    assert "/track/" not in page.text

    answer = client.get("/acme/orders/1/as-customer/")

    shown = Client().get(answer["Location"].removeprefix("http://testserver"))
    assert "Still to pay" in shown.text
