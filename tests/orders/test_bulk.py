"""One deed for many orders: told before, each under its own guard, and told after."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.models import Organization, User
from apps.batches.models import Batch
from apps.fulfillment import operations as fulfillment
from apps.orders import operations
from apps.orders.models import Order
from tests.orders.conftest import Place

SELECTION = "/acme/orders/selection/"


def statuses(organization: Organization) -> dict[int | None, str]:
    return dict(organization.orders.values_list("number", "status"))


def test_it_is_told_before_what_is_done_and_what_is_skipped(
    alices_desk: Client, acme: Organization, place: Place, alice: User
) -> None:
    for _ in range(3):
        place()
    operations.confirm_order(order=acme.orders.get(number=2), confirmed_by=alice)
    before = statuses(acme)

    page = alices_desk.get(SELECTION, {"deed": "confirm", "order": ["1", "2", "3"]})

    assert "2 orders will be changed" in page.text
    assert "1 will be skipped" in page.text
    assert "This order is confirmed." in page.text
    assert statuses(acme) == before


def test_the_same_reason_is_told_once(
    alices_desk: Client, acme: Organization, place: Place, alice: User
) -> None:
    for _ in range(3):
        operations.confirm_order(order=place(), confirmed_by=alice)

    page = alices_desk.get(SELECTION, {"deed": "confirm", "order": ["1", "2", "3"]})

    assert page.text.count("This order is confirmed.") == 1
    assert "3 will be skipped" in page.text


def test_then_it_is_done_to_each_and_told(
    alices_desk: Client, acme: Organization, place: Place
) -> None:
    for _ in range(3):
        place()

    page = alices_desk.post(SELECTION, {"deed": "confirm", "order": ["1-1", "2-1"]})

    assert "2 orders are confirmed." in page.text
    assert statuses(acme) == {1: "confirmed", 2: "confirmed", 3: "pending"}


def test_an_order_that_changed_meanwhile_is_left_alone(
    alices_desk: Client, acme: Organization, place: Place, alice: User
) -> None:
    for _ in range(2):
        place()
    asked = alices_desk.get(SELECTION, {"deed": "confirm", "order": ["1", "2"]})
    seen = re.findall(r'name="order" value="([\d-]+)"', asked.text)
    operations.add_note(order=acme.orders.get(number=1), text="Wait!", written_by=alice)

    page = alices_desk.post(SELECTION, {"deed": "confirm", "order": seen})

    assert "1 order is confirmed. 1 was skipped." in page.text
    assert "This order has changed since you opened it" in page.text
    assert statuses(acme) == {1: "pending", 2: "confirmed"}


def test_orders_are_cancelled_with_one_reason(
    alices_desk: Client, acme: Organization, place: Place
) -> None:
    for _ in range(2):
        place()
    sent = {"deed": "cancel", "order": ["1-1", "2-1"]}

    refused = alices_desk.post(SELECTION, sent | {"reason": ""})
    done = alices_desk.post(SELECTION, sent | {"reason": "The kiln broke."})

    assert refused.status_code == 422
    assert "This field is required." in refused.text
    assert "2 orders are cancelled." in done.text
    assert set(acme.orders.values_list("closed_reason", flat=True)) == {"The kiln broke."}


def test_what_is_on_a_pick_list_is_not_cancelled_and_that_is_told_before(
    alices_desk: Client, acme: Organization, place: Place, alice: User
) -> None:
    order = place()
    operations.confirm_order(order=order, confirmed_by=alice)
    fulfillment.open_fulfillment(order=order, opened_by=alice)

    page = alices_desk.get(SELECTION, {"deed": "cancel", "order": ["1"]})

    assert "It is on a pick list. Cancel that first." in page.text
    assert "0 orders will be changed" in page.text


def test_a_tag_is_added_and_removed_beside_the_others(
    alices_desk: Client, acme: Organization, place: Place, alice: User
) -> None:
    operations.annotate_order(order=place(), tags=["blue", "gift"], annotated_by=alice)
    place()

    added = alices_desk.post(SELECTION, {"deed": "tag", "tag": "gift", "order": ["1", "2"]})
    assert "It has this tag already." in added.text
    removed = alices_desk.post(SELECTION, {"deed": "untag", "tag": "blue", "order": ["1", "2"]})

    assert "It does not have this tag." in removed.text
    assert dict(acme.orders.values_list("number", "tags")) == {1: ["gift"], 2: ["gift"]}


def test_orders_are_given_to_a_colleague(
    alices_desk: Client, acme: Organization, place: Place, bob: User, mallory: User
) -> None:
    place()

    stranger = alices_desk.post(
        SELECTION, {"deed": "assign", "assignee": mallory.pk, "order": ["1"]}
    )
    alices_desk.post(SELECTION, {"deed": "assign", "assignee": bob.pk, "order": ["1"]})

    assert stranger.status_code == 422
    assert acme.orders.get().assignee == bob


def test_all_that_match_are_meant_and_no_others(
    alices_desk: Client, acme: Organization, place: Place
) -> None:
    place("Jo")
    place("Meg")
    place("Jo")

    alices_desk.post(SELECTION, {"deed": "confirm", "all": "1", "query": "q=jo"})

    assert statuses(acme) == {1: "confirmed", 2: "pending", 3: "confirmed"}


@pytest.fixture
def sixty(acme: Organization, place: Place, alice: User) -> None:
    """More than is done at once; one of them is confirmed already."""
    for _ in range(60):
        place()
    operations.confirm_order(order=acme.orders.get(number=7), confirmed_by=alice)


def test_more_than_fifty_are_done_by_a_batch(
    alices_desk: Client,
    acme: Organization,
    sixty: None,
    place: Place,
    settle_all: Callable[[], int],
) -> None:
    asked = alices_desk.get(SELECTION, {"deed": "confirm", "all": "1", "query": ""})
    assert "59 orders will be changed" in asked.text

    answer = alices_desk.post(SELECTION, {"deed": "confirm", "all": "1", "query": ""})
    late = place()
    assert answer.headers["Location"].startswith("/acme/batches/")
    settle_all()

    batch = Batch.objects.get()
    assert (batch.status, batch.done, batch.skipped) == ("done", 59, 1)
    assert acme.orders.filter(status="confirmed").count() == 60
    late.refresh_from_db()
    assert late.status == "pending"
    assert "Order 7" in alices_desk.get(f"/acme/batches/{batch.pk}/").text


def test_a_batch_goes_on_where_orders_fall_out_of_its_filter(
    alices_desk: Client, acme: Organization, sixty: None, settle_all: Callable[[], int]
) -> None:
    alices_desk.post(
        SELECTION,
        {"deed": "cancel", "all": "1", "query": "status=pending", "reason": "The kiln broke."},
    )
    settle_all()

    assert set(acme.orders.exclude(number=7).values_list("status", flat=True)) == {"cancelled"}
    assert acme.orders.get(number=7).status == Order.Status.CONFIRMED


def test_a_neighbours_orders_cannot_be_chosen(
    client: Client, mallory: User, globex: Organization, acme: Organization, order: Order
) -> None:
    client.force_login(mallory)

    page = client.post(
        "/globex/orders/selection/", {"deed": "confirm", "order": ["1-1"], "reason": "x"}
    )

    assert "0 orders are confirmed." in page.text
    assert statuses(acme) == {1: "pending"}


@pytest.mark.parametrize("sent", [{}, {"deed": "explode"}])
def test_an_unknown_deed_is_refused(alices_desk: Client, sent: dict[str, str]) -> None:
    assert alices_desk.get(SELECTION, sent).status_code == 422
    assert alices_desk.post(SELECTION, sent).status_code == 422


def test_without_orders_it_says_so(alices_desk: Client) -> None:
    assert "No order is chosen" in alices_desk.get(SELECTION, {"deed": "confirm"}).text


def test_a_viewer_is_offered_no_boxes(client: Client, victor: User, order: Order) -> None:
    client.force_login(victor)

    assert 'name="order"' not in client.get("/acme/orders/").text
    assert client.post(SELECTION, {"deed": "confirm", "order": ["1"]}).status_code == 403


def test_however_many_are_ticked_it_is_done_to_those_alone(
    alices_desk: Client, acme: Organization, place: Place
) -> None:
    numbers = [str(place().number) for _ in range(53)][:51]

    page = alices_desk.get(SELECTION, {"deed": "confirm", "order": numbers})
    seen = re.findall(r'name="order" value="([\d-]+)"', page.text)
    alices_desk.post(SELECTION, {"deed": "confirm", "order": seen})

    assert 'name="all"' not in page.text
    assert not Batch.objects.exists()
    assert acme.orders.filter(status="confirmed").count() == 51
    assert {statuses(acme)[52], statuses(acme)[53]} == {"pending"}


def test_who_has_left_meanwhile_is_given_no_orders_and_nobody_loses_theirs(
    alices_desk: Client,
    acme: Organization,
    place: Place,
    alice: User,
    bob: User,
    settle_all: Callable[[], int],
) -> None:
    for _ in range(51):
        place(assignee=alice)
    alices_desk.post(SELECTION, {"deed": "assign", "all": "1", "assignee": str(bob.pk)})
    bob.memberships.all().delete()

    settle_all()

    assert acme.orders.filter(assignee=alice).count() == 51
    assert Batch.objects.get().skips.filter(reason="Bob is not a member of Acme.").count() == 51


@pytest.mark.parametrize(
    "query", ["customer=gone%40shop.example", "assignee=999999", "status=nonsense", "queue=nope"]
)
@pytest.mark.parametrize("deed", ["cancel", "tag"])
def test_what_no_longer_says_which_orders_is_done_to_none(
    alices_desk: Client, acme: Organization, place: Place, query: str, deed: str
) -> None:
    """A list shows all then, and says why; nobody chose all of them."""
    for _ in range(2):
        place()
    asked = {"deed": deed, "all": "1", "query": query, "reason": "Flood", "tag": "flood"}

    for answer in (
        alices_desk.get(SELECTION, asked, follow=True),
        alices_desk.post(SELECTION, asked, follow=True),
        alices_desk.get("/acme/orders/export/", asked, follow=True),
        alices_desk.post("/acme/orders/export/file/", asked, follow=True),
    ):
        assert answer.redirect_chain == [(f"/acme/orders/?{query}", 302)]
        assert "The list is not what it was." in answer.text
    assert not acme.orders.exclude(status="pending", tags=[]).exists()
    assert not Batch.objects.exists()
