from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.fulfillment import operations as fulfillment
from apps.invoicing.models import Invoice
from apps.orders import operations as orders
from apps.orders.models import Order
from apps.reports import operations, queries
from apps.reports.models import DailyProductSales
from apps.reports.queries import Period
from apps.reports.templatetags.reports import change, sales_chart

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))


@pytest.fixture
def place(acme: Organization, teapot: Variant, alice: User) -> Callable[..., Order]:
    """Place an order on a day, at noon."""

    def place(day: date, units: int = 1, variant: Variant = teapot) -> Order:
        return orders.place_order(
            organization=acme,
            buyer=orders.Buyer(email="jo@customer.example"),
            items=[orders.Item(variant, units)],
            placed_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
            placed_by=alice,
        )

    return place


def november(acme: Organization) -> queries.Dashboard:
    operations.roll_up_recent_sales(timezone.now())
    return queries.dashboard(acme, NOVEMBER)


def test_a_period_is_compared_with_as_many_days_before_it(
    place: Callable[..., Order], acme: Organization
) -> None:
    place(date(2026, 11, 1), 2)
    place(date(2026, 11, 30))
    place(date(2026, 10, 31))
    place(date(2026, 10, 2))
    place(date(2026, 10, 1))
    place(date(2026, 12, 1))

    shown = november(acme)

    assert shown.sums == (3 * 2499, 0, 2, 3)
    assert shown.sums.average == round(3 * 2499 / 2)
    assert shown.before.orders == 2
    assert change(shown.sums.gross, shown.before.gross) == 50
    assert [(bar.since.day, bar.sums.orders) for bar in shown.bars if bar.sums.orders] == [
        (1, 1),
        (30, 1),
    ]
    assert shown.bars[-1].before.orders == 1  # October 31


@pytest.mark.parametrize(("days", "bars"), [(1, 1), (7, 7), (30, 30), (90, 13), (365, 13)])
def test_every_day_of_a_period_is_in_one_bar(acme: Organization, days: int, bars: int) -> None:
    period = Period.last(days, acme, datetime(2026, 11, 23, tzinfo=UTC))

    shown = queries.dashboard(acme, period)

    assert len(shown.bars) == bars
    assert shown.bars[0].since == period.since
    assert shown.bars[-1].until == period.until
    for one, following in zip(shown.bars, shown.bars[1:], strict=False):
        assert following.since == one.until + timedelta(days=1)


def test_today_is_a_day_of_the_organizations_calendar(acme: Organization) -> None:
    acme.timezone = "Pacific/Auckland"

    period = Period.last(7, acme, datetime(2026, 11, 23, 12, tzinfo=UTC))

    assert period == (date(2026, 11, 18), date(2026, 11, 24))


def test_cancelled_orders_are_counted_but_not_sold(
    place: Callable[..., Order], acme: Organization, alice: User
) -> None:
    place(date(2026, 11, 2))
    regretted = place(date(2026, 11, 3))
    assert november(acme).statuses == [("pending", 2)]

    orders.cancel_order(order=regretted, reason="Typo", cancelled_by=alice)

    shown = november(acme)
    assert shown.sums.orders == 1
    assert dict(shown.statuses) == {"pending": 1, "cancelled": 1}


def test_what_sold_for_the_most_comes_first(
    place: Callable[..., Order], acme: Organization, teapot: Variant, kettle: Variant, alice: User
) -> None:
    place(date(2026, 11, 2), 3)
    order = place(date(2026, 11, 3), 2, kettle)
    assert [(one.product.name, one.units, one.gross) for one in november(acme).best] == [
        ("Kettle", 2, 7800),
        ("Teapot", 3, 7497),
    ]

    orders.edit_order(
        order=confirmed(order, alice),
        quantities={order.lines.get().pk: 1},
        reason="One is enough",
        edited_by=alice,
    )

    assert [one.product.name for one in november(acme).best] == ["Teapot", "Kettle"]
    orders.cancel_order(order=order, reason="None is", cancelled_by=alice)
    assert [one.product.name for one in november(acme).best] == ["Teapot"]
    assert DailyProductSales.objects.count() == 1


def confirmed(order: Order, alice: User) -> Order:
    return orders.confirm_order(order=order, confirmed_by=alice)


def test_another_currency_is_said_to_be_left_out(
    place: Callable[..., Order], acme: Organization
) -> None:
    place(date(2026, 11, 2))
    Organization.objects.update(currency="USD")
    acme.refresh_from_db()

    shown = november(acme)

    assert shown.sums.orders == 0
    assert shown.foreign_orders == 1


def test_the_neighbours_sales_are_not_ours(
    place: Callable[..., Order], globex: Organization
) -> None:
    place(date(2026, 11, 2))

    shown = november(globex)

    assert shown.sums.orders == 0
    assert shown.statuses == []
    assert list(shown.best) == []


@pytest.mark.parametrize("most", [0, 1, 99, 100, 101, 4999, 99_999_999])
def test_no_bar_is_higher_than_the_chart(acme: Organization, most: int) -> None:
    shown = queries.dashboard(acme, NOVEMBER)
    sums = shown.bars[0].sums._replace(gross=most)
    shown.bars[0] = shown.bars[0]._replace(sums=sums)

    drawn = sales_chart({"organization": acme}, shown)

    assert all(shape.y >= 0 and shape.height <= 240 for shape in drawn["shapes"])
    assert drawn["ticks"][0] >= most


def test_what_waits_is_listed_oldest_first(
    place: Callable[..., Order],
    acme: Organization,
    kettle: Variant,
    alice: User,
    settle_all: Callable[[], int],
) -> None:
    assert acme.low_stock_at == 5  # Kettles there are.
    late, early = place(date(2026, 11, 9)), place(date(2026, 11, 8))
    fulfillment.ship_order(order=confirmed(late, alice), shipped_by=alice)
    confirmed(early, alice)
    settle_all()
    due_on = Invoice.objects.get().due_on
    assert due_on

    waiting = queries.attention(acme, due_on)
    assert [order.number for order in waiting.unpaid] == [early.number, late.number]
    assert [order.number for order in waiting.unshipped] == [early.number]
    assert [variant.sku for variant in waiting.low] == ["KETTLE"]
    assert waiting.overdue_count == 0

    assert queries.attention(acme, due_on + timedelta(days=1)).overdue_count == 1


def test_a_new_organization_is_led_to_its_first_invoice(
    client: Client, acme: Organization, alice: User
) -> None:
    client.force_login(alice)

    page = client.get("/acme/").content.decode()

    assert "0 of 5 done" in page
    assert "Sales over time" not in page


def test_the_guide_goes_when_something_was_shipped(
    client: Client, order: Order, alice: User
) -> None:
    client.force_login(alice)
    assert "3 of 5 done" in client.get("/acme/").content.decode()

    fulfillment.ship_order(order=confirmed(order, alice), shipped_by=alice)

    assert "of 5 done" not in client.get("/acme/").content.decode()


@pytest.mark.parametrize("days", ["7", "30", "90", "365", "", "8", "x", "-1", "\x00"])
def test_any_period_shows_a_page(client: Client, order: Order, alice: User, days: str) -> None:
    operations.roll_up_recent_sales(timezone.now())
    client.force_login(alice)

    answer = client.get("/acme/", {"days": days})

    assert answer.status_code == 200
    assert "€49.98" in answer.content.decode()


def test_the_dashboard_takes_few_statements_however_much_there_is(
    client: Client,
    place: Callable[..., Order],
    alice: User,
    django_assert_max_num_queries: Any,
) -> None:
    for day in range(1, 6):
        place(date(2026, 11, day))
    operations.roll_up_recent_sales(timezone.now())
    client.force_login(alice)

    with django_assert_max_num_queries(15):
        answer = client.get("/acme/", {"days": 365})

    assert len(answer.content) < 100_000


def test_home_is_the_dashboard(client: Client, acme: Organization, alice: User) -> None:
    client.force_login(alice)

    assert client.get("/")["Location"] == "/acme/"
