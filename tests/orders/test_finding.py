"""What lists and searches ask of the database, so that a long history does not slow them down."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.events import operations as events
from apps.events.models import Delivery
from apps.fulfillment import operations as fulfillment
from apps.orders import operations, queries
from apps.orders.models import Order, OrderHold
from apps.orders.queries import Filters
from apps.payments import operations as payments
from apps.payments.models import Payment
from tests.orders.conftest import Place


def numbers_of(client: Client, query: str = "") -> list[int | None]:
    page = client.get(f"/acme/orders/?{query}")
    assert page.status_code == 200
    return [order.number for order in page.context["page"].orders]


def test_lists_are_planned_for_what_they_look_for(acme: Organization, order: Order) -> None:
    for _ in range(10):
        assert queries.order_page(acme, search="jo", payment_status="unpaid").orders == [order]

    assert [text for text in prepared_statements() if "ILIKE" in text or "LIKE" in text] == []


def test_everything_else_is_prepared_as_before(acme: Organization, order: Order) -> None:
    queries.order_page(acme)

    for _ in range(10):
        assert queries.order_in_full(acme, 1).get() == order

    assert [text for text in prepared_statements() if '"orders_order"."number"' in text]


def prepared_statements() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=teap", [2]),
        ("q=TEAPOT", [2]),
        ("q=eapot", []),
        ("q=march", [1]),
        ("q=MEG@customer.example", [2]),
        ("q=meg@customer", []),
        ("q=%231", [1]),
        ("q=behind+the", [1]),
        ("q=WEB-77", [2]),
        ("q=WEB-7", []),
        ("q=teapot&q=march", [1]),
    ],
)
def test_a_search_finds_by_number_name_email_sku_note_and_reference(
    alices_desk: Client,
    acme: Organization,
    kettle: Variant,
    teapot: Variant,
    alice: User,
    query: str,
    found: list[int],
) -> None:
    for variant, buyer in [
        (kettle, operations.Buyer(name="Jo March", email="jo@customer.example")),
        (teapot, operations.Buyer(name="Meg Brooke", email="meg@customer.example")),
    ]:
        operations.place_order(
            organization=acme, buyer=buyer, items=[operations.Item(variant, 1)], placed_by=alice
        )
    acme.orders.filter(number=1).update(note="Leave it behind the shed.")
    acme.orders.filter(number=2).update(external_ref="WEB-77")

    assert numbers_of(alices_desk, query) == found


@pytest.fixture
def three_lives(acme: Organization, place: Place, teapot: Variant, alice: User) -> None:
    """One was cancelled, one came over the API and is paid, one is shipped and comes back."""
    operations.annotate_order(order=place(), tags=["gift"], annotated_by=alice)
    operations.cancel_order(order=acme.orders.get(number=1), reason="Too late", cancelled_by=alice)
    paid = operations.place_order(
        organization=acme,
        buyer=operations.Buyer(name="Meg", email="meg@customer.example"),
        items=[operations.Item(teapot, 1)],
        origin=operations.Origin(channel=Order.Channel.API),
        placed_by=None,
    )
    payments.mark_as_paid(order=paid, method=Payment.Method.CASH, marked_by=alice)
    shipped = place()
    operations.confirm_order(order=shipped, confirmed_by=alice)
    fulfillment.ship_order(order=shipped, shipped_by=alice)
    fulfillment.request_return(
        order=shipped,
        quantities={shipped.lines.get().pk: 1},
        reason="Chipped",
        requested_by=alice,
    )
    operations.annotate_order(order=shipped, assignee=alice, annotated_by=alice)


def test_every_filter_filters_and_they_combine(alices_desk: Client, three_lives: None) -> None:
    expected = {
        "status=cancelled": [1],
        "status=cancelled&status=confirmed": [3, 2, 1],
        "payment_status=paid": [2],
        "fulfillment_status=fulfilled": [3],
        "return_status=requested": [3],
        "channel=api": [2],
        "tag=gift": [1],
        "assignee=me": [3],
        "assignee=nobody": [2, 1],
        "total_from=25&total_to=30": [],
        "total_from=24.99": [3, 2, 1],
        "total_to=24.98": [],
        "customer=meg@customer.example": [2],
        "status=confirmed&payment_status=unpaid": [3],
    }

    assert {query: numbers_of(alices_desk, query) for query in expected} == expected


def test_a_day_is_a_day_of_the_organization(
    alices_desk: Client, acme: Organization, place: Place
) -> None:
    Organization.objects.update(timezone="Pacific/Auckland")  # UTC+13 in January.
    place(placed_at=datetime(2026, 1, 9, 10, 59, tzinfo=UTC))  # 23:59 there.
    place(placed_at=datetime(2026, 1, 9, 11, 0, tzinfo=UTC))  # Midnight of the tenth.
    place(placed_at=datetime(2026, 1, 10, 11, 0, tzinfo=UTC))  # Midnight of the eleventh.

    assert numbers_of(alices_desk, "placed_from=2026-01-10&placed_to=2026-01-10") == [2]


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "UTC", "America/Los_Angeles"])
@pytest.mark.parametrize("field", ["placed_from", "placed_to"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_there_is_can_be_asked_for(
    alices_desk: Client, place: Place, zone: str, field: str, day: str
) -> None:
    Organization.objects.update(timezone=zone)
    place()

    is_all = (field == "placed_from") == (day == "0001-01-01")

    assert numbers_of(alices_desk, f"{field}={day}") == ([1] if is_all else [])


def test_a_period_moves_with_the_calendar(alices_desk: Client, place: Place) -> None:
    now = timezone.now()
    place(placed_at=now - timedelta(days=40))
    place(placed_at=now - timedelta(days=6))
    place()

    assert numbers_of(alices_desk, "placed=today") == [3]
    assert numbers_of(alices_desk, "placed=week") == [3, 2]
    assert 1 not in numbers_of(alices_desk, "placed=month")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("status=pending&total_from=lots", "Enter a number."),
        ("status=pending&placed_from=2026-02-30", "Enter a valid date."),
        (
            "status=pending&customer=nobody@x.example",
            "No customer of yours has this email address.",
        ),
        ("status=pending&total_from=99&total_to=50", "This is more than the amount to."),
        ("status=pending&status=nonsense", "nonsense is not one of the available choices."),
        ("status=pending&assignee=99999", "99999 is not one of the available choices."),
    ],
)
def test_what_makes_no_sense_is_said_and_the_rest_still_filters(
    alices_desk: Client, place: Place, query: str, words: str
) -> None:
    place()

    page = alices_desk.get(f"/acme/orders/?{query}")

    assert page.status_code == 200
    assert words in page.text
    assert [order.number for order in page.context["page"].orders] == [1]


def test_a_filter_is_taken_away_alone(alices_desk: Client, place: Place) -> None:
    place()

    page = alices_desk.get("/acme/orders/?q=jo&status=pending&status=confirmed&sort=total")

    assert 'href="?q=jo&amp;status=confirmed&amp;sort=total"' in page.text
    assert 'href="?q=jo&amp;status=pending&amp;sort=total"' in page.text


@pytest.mark.parametrize("sort", ["placed", "-placed", "total", "-total", "number", "-number"])
def test_pages_lead_through_all_orders_and_back_whatever_they_are_sorted_by(
    acme: Organization, place: Place, sort: str
) -> None:
    moment = timezone.now()
    for total in (500, 100, 300, 300, 300, 200, 100):
        # Many alike: the keys must still tell them apart.
        place(total=total, net=total, tax=0, placed_at=moment - timedelta(minutes=total))
    every = list(queries.matching(acme, Filters(), sort=sort))

    there, cursor = [], ""
    while page := queries.page_of_orders(acme, Filters(), sort=sort, after=cursor, size=2):
        there += page.orders
        cursor = page.next
        if not cursor:
            break
    back, cursor = page.orders, page.previous
    while cursor:
        page = queries.page_of_orders(acme, Filters(), sort=sort, before=cursor, size=2)
        back = page.orders + back
        cursor = page.previous

    assert [order.number for order in there] == [order.number for order in every]
    assert [order.number for order in back] == [order.number for order in every]
    column = queries.SORTS[sort.removeprefix("-")]
    keys = [getattr(order, column) for order in every]
    assert keys == sorted(keys, reverse=sort.startswith("-"))
    Order.objects.update(total=2499, net=2100, tax=399)  # What their lines come to.


def test_a_search_is_paged_like_everything(acme: Organization, place: Place) -> None:
    for _ in range(5):
        place()

    first = queries.page_of_orders(acme, Filters(search="teapot"), size=3)
    second = queries.page_of_orders(acme, Filters(search="teapot"), size=3, after=first.next)

    assert [order.number for order in first.orders + second.orders] == [5, 4, 3, 2, 1]
    assert second.next == ""


def test_what_is_held_is_not_to_be_picked(acme: Organization, place: Place) -> None:
    held = place(status="confirmed", expires_at=None)
    operations.place_hold(order=held, kind=OrderHold.Kind.MANUAL, reason="Wait", placed_by=None)
    place(status="confirmed", expires_at=None)

    found = queries.page_of_orders(acme, Filters(queue="pick")).orders

    assert [order.number for order in found] == [2]


def test_the_work_is_counted(
    alices_desk: Client,
    acme: Organization,
    order: Order,
    place: Place,
    alice: User,
    settle_all: Callable[[], int],
) -> None:
    assert counts(acme) == {"confirm": 1}

    payments.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=alice)
    assert counts(acme) == {"pick": 1}

    [picked] = fulfillment.open_fulfillment(order=order, opened_by=alice)
    assert counts(acme) == {"ship": 1}
    assert numbers_of(alices_desk, "queue=ship") == [1]

    settle_all()
    fulfillment.ship_fulfillment(fulfillment=picked, shipped_by=alice)
    assert counts(acme) == {}

    # The invoice is owed as soon as the event has become a delivery, until it is issued.
    events.dispatch_events()
    assert counts(acme) == {"invoice": 1}
    settle_all()
    assert counts(acme) == {}

    [line] = order.lines.all()
    asked = fulfillment.request_return(
        order=order, quantities={line.pk: 1}, reason="Too small", requested_by=None
    )
    assert counts(acme) == {"answer": 1}
    assert numbers_of(alices_desk, "queue=answer") == [1]
    fulfillment.approve_return(rma=asked, approved_by=alice)
    assert counts(acme) == {}


def counts(organization: Organization) -> dict[str, int]:
    return {name: count for name, count in queries.count_work(organization).items() if count}


def test_money_to_send_back_waits(acme: Organization, order: Order, alice: User) -> None:
    payments.record_payment(
        order=order, amount=order.total + 1, method=Payment.Method.CASH, recorded_by=alice
    )

    assert counts(acme) == {"pick": 1, "refund": 1}


def test_what_is_owed_for_longer_than_the_terms_is_overdue(
    alices_desk: Client, place: Place, alice: User
) -> None:
    place(placed_at=timezone.now() - timedelta(days=15))
    place(placed_at=timezone.now() - timedelta(days=13))
    gone = place(placed_at=timezone.now() - timedelta(days=15))
    operations.cancel_order(order=gone, reason="Too late", cancelled_by=alice)

    assert numbers_of(alices_desk, "queue=overdue") == [1]


def test_each_organization_counts_its_own_by_its_own_terms(
    acme: Organization, globex: Organization, place: Place
) -> None:
    place(placed_at=timezone.now() - timedelta(days=15))

    assert counts(acme)["overdue"] == 1
    assert counts(globex) == {}
    acme.payment_terms_days = 30
    assert "overdue" not in counts(acme)


@pytest.mark.parametrize("asked", ["", "q=hopper"])
def test_every_page_counts_all_that_was_found(
    alices_desk: Client, place: Place, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setattr("apps.orders.queries.PAGE", 2)
    for _ in range(5):
        place(name="Grace Hopper")

    first = alices_desk.get(f"/acme/orders/?{asked}").context
    second = alices_desk.get(f"/acme/orders/?{asked}&after={first['page'].next}").context
    third = alices_desk.get(f"/acme/orders/?{asked}&after={second['page'].next}").context
    back = alices_desk.get(f"/acme/orders/?{asked}&before={second['page'].previous}").context

    assert [len(page["page"].orders) for page in (first, second, third, back)] == [2, 2, 1, 2]
    assert [page["count"] for page in (first, second, third, back)] == [5, 5, 5, 5]


def test_counts_stop_where_it_is_enough(
    alices_desk: Client, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.orders.queries.queues.COUNTED_AT_MOST", 2)
    monkeypatch.setattr("apps.orders.queries.COUNTED_AT_MOST", 2)
    monkeypatch.setattr("apps.orders.views.listing.COUNTED_AT_MOST", 2)
    monkeypatch.setattr("apps.orders.queries.PAGE", 1)
    for _ in range(4):
        place()

    page = alices_desk.get("/acme/orders/")

    assert page.context["count"] == 3
    assert "More than 2 orders" in page.text
    assert '<span class="queue-count">2+</span>' in page.text


def test_a_neighbours_orders_are_neither_found_nor_counted(
    client: Client, mallory: User, globex: Organization, acme: Organization, order: Order
) -> None:
    client.force_login(mallory)

    for query in ("", "q=teapot", "q=jo", "queue=confirm"):
        page = client.get(f"/globex/orders/?{query}")
        assert page.context["page"].orders == []
        assert page.context["count"] == 0
    assert counts(globex) == {}


def test_a_customer_of_the_neighbour_is_nobody(
    alices_desk: Client, globex: Organization, order: Order
) -> None:
    stranger = globex.customers.create(email="shy@globex.example", name="CANARY")

    by_id = alices_desk.get(f"/acme/orders/?customer={stranger.pk}")
    by_email = alices_desk.get("/acme/orders/?customer=shy@globex.example")

    assert "CANARY" not in by_id.text + by_email.text
    assert "No customer of yours" in by_id.text


def test_a_full_page_is_small_and_takes_few_statements(
    alices_desk: Client,
    acme: Organization,
    teapot: Variant,
    kettle: Variant,
    place: Place,
    alice: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(51):
        place("Wilhelmina Featherstonehaugh-Cholmondeley", tags=["gift", "express"], assignee=alice)
    for name in ("Unpaid abroad", "Gifts", "Mine"):
        operations.save_view(
            organization=acme, owner=alice, name=name, query="tag=gift", shared=True
        )
    alices_desk.get("/acme/orders/")

    with django_assert_max_num_queries(15):
        page = alices_desk.get("/acme/orders/?q=teapot&tag=gift&status=pending&assignee=me")

    assert len(page.context["page"].orders) == 50
    assert "data-rows" in page.text
    assert len(page.content) < 100_000


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("q=unicorn", "No order matches “unicorn”"),
        ("queue=refund", "Nothing waits here"),
        ("tag=gift", "No order is like this"),
        ("after=2020-01-01T00:00:00.000000Z_1", "That was all"),
    ],
)
def test_an_empty_list_says_why_and_where_to_go(
    alices_desk: Client, order: Order, query: str, words: str
) -> None:
    page = alices_desk.get(f"/acme/orders/?{query}")

    assert words in page.text
    assert 'class="button" href' in page.text


@pytest.fixture
def dead(order: Order, settle_all: Callable[[], int]) -> Delivery:
    """A mail about order number one that was given up."""
    settle_all()
    delivery = Delivery.objects.get(event__aggregate_id=order.pk, reaction="mail-receipt")
    Delivery.objects.filter(pk=delivery.pk).update(
        done_at=None, dead_at=timezone.now(), last_error="The mail server hung up."
    )
    return delivery


def test_what_was_given_up_is_listed_and_tried_again(
    alices_desk: Client, acme: Organization, order: Order, dead: Delivery
) -> None:
    assert "Failed jobs" in alices_desk.get("/acme/orders/").text
    page = alices_desk.get("/acme/orders/failures/")
    assert "The mail server hung up." in page.text
    assert 'href="/acme/orders/1/"' in page.text

    answer = alices_desk.post("/acme/orders/failures/", {"delivery": dead.pk}, follow=True)

    assert "1 job is tried again." in answer.text
    dead.refresh_from_db()
    assert (dead.dead_at, dead.attempts) == (None, 0)


def test_a_neighbour_neither_sees_nor_revives_what_was_given_up(
    client: Client, mallory: User, globex: Organization, dead: Delivery
) -> None:
    client.force_login(mallory)

    page = client.get("/globex/orders/failures/")
    client.post("/globex/orders/failures/", {"delivery": dead.pk})
    client.post("/globex/orders/failures/")

    assert "hung up" not in page.text
    dead.refresh_from_db()
    assert dead.dead_at is not None


@pytest.mark.parametrize("number", ["", "1e3", "-1", "1,2", "9" * 30, "\u0661"])
def test_a_number_that_is_none_tries_nothing_again(
    alices_desk: Client, dead: Delivery, number: str
) -> None:
    answer = alices_desk.post("/acme/orders/failures/", {"delivery": number})

    assert answer.status_code == 404
    dead.refresh_from_db()
    assert dead.dead_at is not None


def test_no_number_tries_all_again(alices_desk: Client, dead: Delivery) -> None:
    answer = alices_desk.post("/acme/orders/failures/", follow=True)

    assert "1 job is tried again." in answer.text
    dead.refresh_from_db()
    assert dead.dead_at is None


def test_only_keepers_try_again(bobs_desk: Client, dead: Delivery) -> None:
    assert "Failed jobs" not in bobs_desk.get("/acme/orders/").text
    assert bobs_desk.post("/acme/orders/failures/").status_code == 403
