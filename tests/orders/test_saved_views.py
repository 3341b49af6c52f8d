"""A view is a list of orders under a name. Colleagues see what is shared; its owner changes it."""

from urllib.parse import urlencode

import pytest
from django.test import Client

from apps.accounts.models import Organization, User
from apps.orders import operations
from apps.orders.models import Order, SavedView


@pytest.fixture
def gifts(acme: Organization, alice: User) -> SavedView:
    """Alice's, and hers alone."""
    return operations.save_view(
        organization=acme, owner=alice, name="Gifts", query="tag=gift", shared=False
    )


def save(client: Client, query: str, **typed: str) -> SavedView:
    answer = client.post("/acme/orders/views/", {"name": "Mine", "query": query} | typed)
    assert answer.status_code == 302
    return SavedView.objects.get()


def test_the_present_filters_are_kept_under_a_name(alices_desk: Client, order: Order) -> None:
    save(alices_desk, "status=pending&q=jo&sort=total", name="Jo waits")

    page = alices_desk.get("/acme/orders/?q=jo&status=pending&sort=total")

    assert ">Jo waits</a>" in page.text
    assert page.context["view"].name == "Jo waits"
    assert [one.number for one in page.context["page"].orders] == [1]


def test_only_what_a_list_understands_is_kept(alices_desk: Client) -> None:
    view = save(alices_desk, "colour=red&status=nonsense&after=1_2&tag=gift&total_from=x")

    assert view.query == "tag=gift"


def test_however_it_was_written_a_view_is_known(alices_desk: Client, gifts: SavedView) -> None:
    page = alices_desk.get("/acme/orders/?status=&tag=+gift+&sort=")

    assert page.context["view"] == gifts


def test_the_same_name_takes_the_new_filters(alices_desk: Client, gifts: SavedView) -> None:
    save(alices_desk, "status=pending", name="Gifts")

    gifts.refresh_from_db()
    assert gifts.query == "status=pending"


def test_what_is_not_shared_is_not_seen(bobs_desk: Client, gifts: SavedView) -> None:
    assert "Gifts" not in bobs_desk.get("/acme/orders/").text
    assert bobs_desk.get(f"/acme/orders/views/{gifts.pk}/").status_code == 404


def test_a_colleague_sees_a_shared_view_and_cannot_change_it(
    bobs_desk: Client, alices_desk: Client, gifts: SavedView
) -> None:
    address = f"/acme/orders/views/{gifts.pk}/"
    alices_desk.post(address, {"name": "All gifts", "shared": "on"})

    assert "All gifts" in bobs_desk.get("/acme/orders/").text
    refused = bobs_desk.post(address, {"name": "Bob's"})
    bobs_desk.post(f"{address}removal/")

    assert refused.status_code == 422
    assert "belongs to somebody else" in refused.text
    gifts.refresh_from_db()
    assert gifts.name == "All gifts"


def test_a_keeper_changes_and_removes_what_others_share(
    alices_desk: Client, acme: Organization, bob: User
) -> None:
    view = operations.save_view(
        organization=acme, owner=bob, name="Bob's", query="tag=gift", shared=True
    )
    address = f"/acme/orders/views/{view.pk}/"

    assert alices_desk.post(address, {"name": "Team", "shared": "on"}).status_code == 302
    view.refresh_from_db()
    assert view.name == "Team"

    alices_desk.post(f"{address}removal/")
    assert not SavedView.objects.exists()


def test_two_of_ones_views_cannot_have_one_name(
    alices_desk: Client, acme: Organization, alice: User, gifts: SavedView
) -> None:
    other = operations.save_view(
        organization=acme, owner=alice, name="Other", query="", shared=False
    )

    answer = alices_desk.post(f"/acme/orders/views/{other.pk}/", {"name": "Gifts"})

    assert answer.status_code == 422
    assert "There is a view of this name already." in answer.text


def test_a_view_without_a_name_is_asked_for_one_and_keeps_its_filters(alices_desk: Client) -> None:
    answer = alices_desk.post("/acme/orders/views/", {"name": "", "query": "tag=gift"})

    assert answer.status_code == 422
    assert 'value="tag=gift"' in answer.text


def test_there_is_an_end_to_views(alices_desk: Client, acme: Organization, alice: User) -> None:
    for number in range(30):
        operations.save_view(
            organization=acme, owner=alice, name=f"View {number}", query="", shared=False
        )

    answer = alices_desk.post("/acme/orders/views/", {"name": "One more", "query": "tag=gift"})

    assert "You have 30 saved views." in answer.text
    assert not SavedView.objects.filter(name="One more").exists()


@pytest.mark.parametrize(
    ("preset", "query"),
    [
        ("Unpaid", "payment_status=unpaid"),
        ("To pick", "queue=pick"),
        ("Overdue", "queue=overdue"),
        ("Returns", "return_status=requested"),
    ],
)
def test_what_is_shipped_with_it_leads_to_a_list_that_knows_itself(
    alices_desk: Client, preset: str, query: str
) -> None:
    presets = alices_desk.get("/acme/orders/").context["presets"]
    asked = next(asked for asked, name in presets.items() if name == preset)

    page = alices_desk.get(f"/acme/orders/?{asked}")

    assert query in asked
    assert page.context["query"] == asked
    assert f'aria-current="page">{preset}</a>' in page.text


def test_filters_that_do_not_fit_into_a_view_are_refused(alices_desk: Client) -> None:
    query = urlencode({"q": "ü" * 200})

    answer = alices_desk.post("/acme/orders/views/", {"name": "Mine", "query": query})

    assert answer.status_code == 422
    assert "These filters are too long for a view." in answer.text
    assert 'value="Mine"' in answer.text
    assert not SavedView.objects.exists()
