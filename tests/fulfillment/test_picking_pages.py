"""The warehouse's pages: what waits, and a pick list on a phone whose scanner types."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Membership, Organization, User
from apps.catalog.models import Variant
from apps.fulfillment import operations
from apps.fulfillment.models import Fulfillment, FulfillmentLine
from apps.fulfillment.queries.picking import lists_of
from apps.inventory.models import Location
from apps.orders import operations as orders
from apps.orders.models import Order, OrderHold

Confirm = Callable[..., Order]
PICK = "/acme/orders/1/parcels/1/picking/"


@pytest.fixture
def wanda(acme: Organization) -> User:
    """Works in Acme's warehouse."""
    user = User.objects.create_user("wanda@acme.example", name="Wanda")
    Membership.objects.create(user=user, organization=acme, role=Membership.Role.WAREHOUSE)
    return user


@pytest.fixture
def phone(client: Client, wanda: User) -> Client:
    """Wanda's phone."""
    client.force_login(wanda)
    return client


@pytest.fixture
def parcel(confirmed: Confirm, teapot: Variant, kettle: Variant, wanda: User) -> Fulfillment:
    """Two teapots and a kettle of order number one, being picked by Wanda."""
    order = confirmed((teapot, 2), (kettle, 1))
    [parcel] = operations.open_fulfillment(order=order, opened_by=wanda)
    return parcel


def shown(page: object) -> list[int]:
    return [row.order.number for row in page.context["page"].rows]  # type: ignore[attr-defined]


def picked() -> list[int]:
    return list(FulfillmentLine.objects.order_by("pk").values_list("picked", flat=True))


def test_what_is_confirmed_and_free_waits_the_oldest_first(
    phone: Client, confirmed: Confirm, order: Order, teapot: Variant, alice: User
) -> None:
    for _ in range(3):
        confirmed((teapot, 1))
    held = Order.objects.get(number=3)
    orders.place_hold(order=held, kind=OrderHold.Kind.ADDRESS, reason="?", placed_by=alice)

    page = phone.get("/acme/picking/")

    assert shown(page) == [2, 4]
    assert (page.context["waiting"], page.context["open"]) == ("2", "0")


def test_what_is_on_a_list_waits_no_more(phone: Client, parcel: Fulfillment) -> None:
    waiting = phone.get("/acme/picking/")
    being_picked = phone.get("/acme/picking/?show=open")

    assert shown(waiting) == []
    assert "Go on with what you began" in waiting.text
    assert "0 of 3" in being_picked.text
    assert PICK in being_picked.text


def test_a_place_shows_what_lies_there(
    phone: Client, confirmed: Confirm, teapot: Variant, kettle: Variant, attic: Location
) -> None:
    confirmed((kettle, 1))
    confirmed((teapot, 12))

    page = phone.get("/acme/picking/", {"location": str(attic.pk)})

    assert shown(page) == [2]
    assert shown(phone.get("/acme/picking/")) == [1, 2]


def test_a_long_queue_has_more_pages(phone: Client, confirmed: Confirm, teapot: Variant) -> None:
    teapot.allow_backorder = True
    teapot.save()
    for _ in range(51):
        confirmed((teapot, 1))

    first = phone.get("/acme/picking/")
    second = phone.get("/acme/picking/", {"after": first.context["page"].next})

    assert shown(first) == list(range(1, 51))
    assert shown(second) == [51]
    assert second.context["page"].next == ""


def test_one_order_is_started_and_leads_to_its_list(
    phone: Client, confirmed: Confirm, teapot: Variant
) -> None:
    confirmed((teapot, 2))

    answer = phone.post("/acme/picking/rounds/", {"order": "1"})

    assert answer["Location"] == PICK
    assert phone.get(PICK).context["progress"].wanted == 2


def test_several_orders_are_picked_in_one_round(
    phone: Client, confirmed: Confirm, teapot: Variant, kettle: Variant
) -> None:
    confirmed((teapot, 1))
    confirmed((teapot, 1), (kettle, 1))

    answer = phone.post("/acme/picking/rounds/", {"order": ["1", "2"]})
    wave = answer["Location"]
    for code in ("TEAPOT", "KETTLE", "TEAPOT"):
        phone.post(wave, {"code": code})
    page = phone.get(wave)

    assert wave == "/acme/picking/rounds/1/"
    assert page.context["progress"].is_complete
    assert "Pack Order 1" in page.text
    assert "Pack Order 2" in page.text


def test_a_round_of_many_parcels_is_shown_whole_to_whoever_began_it(
    acme: Organization, confirmed: Confirm, wanda: User
) -> None:
    for _ in range(11):
        order = confirmed((None, 1))
        operations.open_fulfillment(order=order, wave=1, opened_by=wanda)

    [a_round] = lists_of(acme, wanda, at_most=1)

    assert len(a_round.parcels) == 11


def test_two_rounds_that_were_begun_at_once_stay_two(
    phone: Client, confirmed: Confirm, teapot: Variant, wanda: User
) -> None:
    for wave in (1, 2, 1, 2):
        operations.open_fulfillment(order=confirmed((teapot, 1)), wave=wave, opened_by=wanda)

    rounds = phone.get("/acme/picking/?show=open").context["page"].lists

    assert [[one.wave for one in a_round.parcels] for a_round in rounds] == [[1, 1], [2, 2]]


@pytest.mark.parametrize("chosen", [[], ["x"], ["9" * 30], ["77"]])
def test_nothing_chosen_is_said(phone: Client, chosen: list[str]) -> None:
    answer = phone.post("/acme/picking/rounds/", {"order": chosen}, follow=True)

    assert "Choose at least one order." in answer.text


def test_what_cannot_be_picked_now_is_said(phone: Client, parcel: Fulfillment) -> None:
    answer = phone.post("/acme/picking/rounds/", {"order": "1"}, follow=True)

    assert "Order 1 is not picked: All that is left of it is on pick lists" in answer.text


def test_a_scan_without_a_script_ticks_and_shows_the_list(
    phone: Client, parcel: Fulfillment
) -> None:
    answer = phone.post(PICK, {"code": " teapot "}, follow=True)

    assert answer.redirect_chain == [(PICK, 302)]
    assert "Teapot: 1 of 2" in answer.text
    assert picked() == [1, 0]


def test_a_scan_of_the_script_answers_with_the_list_alone(
    phone: Client, parcel: Fulfillment
) -> None:
    send = {"code": "TEAPOT", "key": "first"}

    answers = [phone.post(PICK, send, headers={"HX-Request": "true"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert all("Teapot: 1 of 2" in answer.text for answer in answers)
    assert "<html" not in answers[0].text
    assert picked() == [1, 0]


def test_what_no_catalogue_knows_is_picked_by_its_sku(phone: Client, confirmed: Confirm) -> None:
    confirmed((None, 1))
    phone.post("/acme/picking/rounds/", {"order": "1"})

    assert "Gift wrapping: 1 of 1" in phone.post(PICK, {"code": "gift"}, follow=True).text


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        ({"code": "CUP"}, 422, "CUP is not on this list. Put it back."),
        ({"code": ""}, 422, "Scan an article"),
        ({"code": "\0"}, 422, "Scan an article"),
        ({"code": "x" * 65}, 422, "Scan an article"),
        ({"row": "x", "units": "1"}, 422, "Scan an article"),
        ({"row": "77", "units": "1"}, 422, "not on the list any more"),
        ({"row": "9" * 30, "units": "1"}, 422, "Scan an article"),
        ({"code": "KETTLE", "units": "2"}, 409, "0 of 1 of Kettle are picked already."),
        ({"code": "KETTLE", "units": "9" * 30}, 422, "Scan an article"),
    ],
)
def test_what_is_wrong_is_said_aloud(
    phone: Client, parcel: Fulfillment, sent: dict[str, str], status: int, said: str
) -> None:
    answer = phone.post(PICK, sent)

    assert answer.status_code == status
    assert said in answer.text
    assert 'role="alert"' in answer.text
    assert picked() == [0, 0]


def test_plus_and_minus_work_without_a_script(phone: Client, parcel: Fulfillment) -> None:
    row = parcel.lines.order_by("pk")[0]
    page = phone.get(PICK).text
    assert 'name="units" value="2"' in page

    phone.post(PICK, {"row": str(row.pk), "units": "2"})
    phone.post(PICK, {"row": str(row.pk), "units": "-1"})

    assert picked() == [1, 0]


def test_what_is_not_found_goes_back_to_what_waits(phone: Client, parcel: Fulfillment) -> None:
    teapots = parcel.lines.order_by("pk")[0]

    answer = phone.post(f"{PICK}missing/", {"row": str(teapots.pk), "reason": "empty"}, follow=True)

    assert answer.context["progress"].wanted == 1
    waiting = phone.get("/acme/picking/")
    assert shown(waiting) == [1]
    assert "Not found last time: 2 × Teapot (The shelf is empty)." in waiting.text


@pytest.mark.parametrize("sent", [{}, {"row": "x", "reason": "empty"}, {"row": "1", "reason": "?"}])
def test_a_report_of_nothing_is_refused(
    phone: Client, parcel: Fulfillment, sent: dict[str, str]
) -> None:
    assert phone.post(f"{PICK}missing/", sent).status_code == 422
    assert parcel.lines.count() == 2


def complete(phone: Client) -> None:
    for code in ("TEAPOT", "TEAPOT", "KETTLE"):
        phone.post(PICK, {"code": code})


def test_a_list_that_is_complete_is_packed_and_shipped_in_one_step(
    phone: Client, parcel: Fulfillment, confirmed: Confirm, teapot: Variant
) -> None:
    confirmed((teapot, 1))
    assert "Ship it" not in phone.get(PICK).text
    complete(phone)
    page = phone.get(PICK).text
    assert "/acme/orders/1/parcels/1/packing-slip.pdf" in page
    assert "Ship it" in page

    answer = phone.post(f"{PICK}shipment/", {"carrier": "DHL", "tracking_number": "JJD0099"})

    assert answer["Location"] == "/acme/picking/"
    parcel.refresh_from_db()
    assert (parcel.status, parcel.carrier) == ("shipped", "DHL")
    assert parcel.tracking_number == "JJD0099"
    assert "This parcel is shipped." in phone.get(PICK).text


def test_the_next_parcel_follows_and_the_carrier_is_remembered(
    phone: Client, confirmed: Confirm, teapot: Variant
) -> None:
    confirmed((teapot, 1))
    confirmed((teapot, 1))
    wave = phone.post("/acme/picking/rounds/", {"order": ["1", "2"]})["Location"]
    for _ in range(2):
        phone.post(wave, {"code": "TEAPOT"})

    answer = phone.post(f"{PICK}shipment/", {"carrier": "DHL"}, follow=True)

    assert answer.redirect_chain[0][0] == "/acme/orders/2/parcels/1/picking/"
    assert 'value="DHL"' in answer.text


def test_what_cannot_be_sent_keeps_what_was_typed(
    phone: Client, parcel: Fulfillment, alice: User
) -> None:
    complete(phone)
    typed = {"carrier": "x" * 61, "tracking_number": "Kept 42"}

    refused = phone.post(f"{PICK}shipment/", typed)

    assert refused.status_code == 422
    assert 'value="Kept 42"' in refused.text
    orders.place_hold(order=parcel.order, kind=OrderHold.Kind.ADDRESS, reason="?", placed_by=alice)
    held = phone.post(f"{PICK}shipment/", {"carrier": "DHL"})
    assert held.status_code == 422
    assert "It is on hold" in held.text


def test_a_viewer_looks_and_ticks_nothing(
    client: Client, victor: User, parcel: Fulfillment
) -> None:
    client.force_login(victor)

    page = client.get(PICK)

    assert page.status_code == 200
    assert "data-tick" not in page.text
    assert client.post(PICK, {"code": "TEAPOT"}).status_code == 403
    assert client.post("/acme/picking/rounds/", {"order": "1"}).status_code == 403
    assert picked() == [0, 0]


@pytest.mark.parametrize("path", ["/acme/picking/rounds/7/", "/acme/picking/rounds/0/"])
def test_a_round_that_is_not_there_is_not_found(phone: Client, path: str) -> None:
    assert phone.get(path).status_code == 404


def test_the_pages_take_the_same_statements_however_long(
    phone: Client,
    confirmed: Confirm,
    stock_product: Callable[..., Variant],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    cups = [stock_product(f"CUP-{number}", "Cup", "3.00", 99) for number in range(8)]
    for _ in range(6):
        confirmed(*((cup, 2) for cup in cups))
    numbers = [str(number) for number in range(1, 5)]
    wave = phone.post("/acme/picking/rounds/", {"order": numbers})["Location"]
    phone.post("/acme/picking/rounds/", {"order": "5"})
    scan = {"code": "CUP-1", "key": "k"}

    with django_assert_max_num_queries(13):
        phone.get("/acme/picking/")
    with django_assert_max_num_queries(10):
        phone.get("/acme/picking/?show=open")
    with django_assert_max_num_queries(6):
        phone.get(wave)
    with django_assert_max_num_queries(6):
        phone.get("/acme/orders/5/parcels/1/picking/")
    with django_assert_max_num_queries(13):
        phone.post(wave, scan, headers={"HX-Request": "true"})
    with django_assert_max_num_queries(15):
        phone.post("/acme/orders/5/parcels/1/picking/", scan, headers={"HX-Request": "true"})
