from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.events.models import Event
from apps.fulfillment import operations as fulfillment
from apps.orders import operations as orders
from apps.orders.models import Order
from apps.payments import operations as payments
from apps.payments.models import Payment
from apps.reports import operations
from apps.reports.models import DailySales

COUNTED = {"gross": "total", "net": "net", "tax": "tax", "refunded": "refunded"}


@pytest.fixture
def place(acme: Organization, teapot: Variant, alice: User) -> Callable[..., Order]:
    """Place an order of teapots, agreed on elsewhere at some moment."""

    def place(placed_at: datetime | None = None, quantity: int = 1, **more: Any) -> Order:
        return orders.place_order(
            organization=acme,
            buyer=orders.Buyer(email="jo@customer.example"),
            items=[orders.Item(teapot, quantity)],
            placed_at=placed_at,
            placed_by=alice,
            **more,
        )

    return place


def pay(order: Order, alice: User) -> None:
    payments.record_payment(
        order=order, amount=order.total, method=Payment.Method.CASH, recorded_by=alice
    )


def rolled_up() -> dict[str, int]:
    """Return the sums of all days, after whatever changed was reckoned anew."""
    operations.roll_up_recent_sales(timezone.now())
    sums = DailySales.objects.aggregate(
        orders=Sum("orders"), units=Sum("units"), **{name: Sum(name) for name in COUNTED}
    )
    return {name: value or 0 for name, value in sums.items()}


def sold() -> dict[str, int]:
    """Return the same sums, of the orders themselves."""
    found = Order.objects.exclude(status__in=["draft", "cancelled", "expired"])
    sums = found.aggregate(**{name: Sum(column) for name, column in COUNTED.items()})
    units = sum(line.wanted for order in found for line in order.lines.all())
    return {
        "orders": found.count(),
        "units": units,
        **{name: value or 0 for name, value in sums.items()},
    }


def test_the_days_come_to_what_the_orders_come_to_through_a_whole_life(
    place: Callable[..., Order], acme: Organization, teapot: Variant, alice: User
) -> None:
    first, second, third = place(), place(quantity=2), place(quantity=3)
    orders.save_draft(
        organization=acme,
        buyer=orders.Buyer(),
        items=[orders.Item(teapot, 1)],
        saved_by=alice,
    )
    assert rolled_up() == sold()
    assert rolled_up()["units"] == 6

    for order in (second, third):
        pay(order, alice)
    orders.edit_order(
        order=third, quantities={third.lines.get().pk: 2}, reason="Less", edited_by=alice
    )
    assert rolled_up() == sold()

    fulfillment.ship_order(order=second, shipped_by=alice)
    payments.request_refund(order=second, amount=1000, requested_by=alice, handed_over=True)
    assert rolled_up() == sold()
    assert rolled_up()["refunded"] == 1000

    orders.cancel_order(order=first, reason="Typo", cancelled_by=alice)
    assert rolled_up() == sold()
    assert rolled_up()["orders"] == 2


def test_a_day_is_one_of_the_organizations_calendar(
    place: Callable[..., Order], acme: Organization
) -> None:
    Organization.objects.update(timezone="Pacific/Auckland")
    place(datetime(2026, 1, 31, 10, 59, tzinfo=UTC))
    place(datetime(2026, 1, 31, 11, 0, tzinfo=UTC))

    rolled_up()

    days = DailySales.objects.order_by("date").values_list("date", "orders")
    assert list(days) == [(date(2026, 1, 31), 1), (date(2026, 2, 1), 1)]


@pytest.mark.parametrize("zone", ["America/Havana", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_no_order_is_lost_or_counted_twice_around_any_midnight(
    place: Callable[..., Order], zone: str
) -> None:
    """Havana's clocks go back from one to midnight, so that midnight comes twice."""
    Organization.objects.update(timezone=zone)
    for hours in range(8):
        place(datetime(2026, 11, 1, 1, 30, tzinfo=UTC) + timedelta(hours=hours))

    assert rolled_up() == sold()


def test_a_refund_changes_the_day_of_its_order_however_long_ago(
    place: Callable[..., Order], alice: User
) -> None:
    old = place(timezone.now() - timedelta(days=400))
    pay(old, alice)
    rolled_up()
    Event.objects.update(created_at=timezone.now() - timedelta(days=399))
    DailySales.objects.update(rolled_up_at=timezone.now() - timedelta(hours=3))

    payments.request_refund(order=old, amount=500, requested_by=alice, handed_over=True)

    assert rolled_up() == sold()
    assert DailySales.objects.get().refunded == 500


def test_an_event_that_was_written_before_a_roll_up_and_seen_after_it_is_not_missed(
    place: Callable[..., Order],
) -> None:
    """Its transaction was still open when the roll-up looked."""
    place()
    rolled_up()
    late = place()
    Event.objects.filter(aggregate_id=late.pk).update(
        created_at=timezone.now() - timedelta(minutes=5)
    )

    assert rolled_up() == sold()


def test_an_order_that_is_imported_counts_on_its_own_day(place: Callable[..., Order]) -> None:
    place()
    rolled_up()

    origin = orders.Origin(Order.Channel.IMPORT, external_ref="7")
    place(datetime(2024, 2, 29, 12, tzinfo=UTC), origin=origin)

    assert rolled_up() == sold()
    assert DailySales.objects.get(channel="import").date == date(2024, 2, 29)


def test_a_day_on_which_nothing_is_left_is_gone(place: Callable[..., Order], alice: User) -> None:
    order = place()
    rolled_up()
    assert DailySales.objects.exists()

    orders.cancel_order(order=order, reason="Typo", cancelled_by=alice)
    rolled_up()

    assert not DailySales.objects.exists()


def test_rolling_up_again_changes_nothing(place: Callable[..., Order]) -> None:
    place()
    now = timezone.now()

    assert operations.roll_up_recent_sales(now) == 3  # One row in each table.
    assert operations.roll_up_recent_sales(now) == 0
    assert operations.roll_up_all_sales(now) == 0


def test_a_history_longer_than_is_read_at_once_comes_to_the_same(
    place: Callable[..., Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.reports.operations.rolling.DAYS_AT_ONCE", 2)
    for day in range(1, 6):
        place(datetime(2026, 11, day, 12, tzinfo=UTC))

    assert rolled_up() == sold()
    assert rolled_up()["orders"] == 5


def test_a_day_that_nobody_touched_is_not_reckoned_anew(place: Callable[..., Order]) -> None:
    place()
    rolled_up()
    Event.objects.update(created_at=timezone.now() - timedelta(days=1))
    DailySales.objects.update(gross=1)

    assert operations.roll_up_recent_sales(timezone.now()) == 0
    # By night it is.
    assert operations.roll_up_all_sales(timezone.now()) == 1


def test_an_organization_that_moves_takes_its_days_along(
    place: Callable[..., Order], acme: Organization
) -> None:
    place(datetime(2026, 5, 1, 23, 30, tzinfo=UTC))
    rolled_up()
    Organization.objects.update(timezone="Europe/Berlin")

    operations.roll_up_all_sales(timezone.now())

    assert DailySales.objects.get().date == date(2026, 5, 2)
    assert rolled_up() == sold()


def test_organizations_and_currencies_are_kept_apart(
    place: Callable[..., Order], acme: Organization, globex: Organization, mallory: User
) -> None:
    place()
    acme.currency = "JPY"
    acme.save()
    place()
    orders.place_order(
        organization=globex,
        buyer=orders.Buyer(),
        items=[orders.Item(None, 1, Decimal(5), sku="X", name="X")],
        placed_by=mallory,
    )

    rolled_up()

    found = DailySales.objects.values_list("organization__slug", "currency", "orders")
    assert sorted(found) == [("acme", "EUR", 1), ("acme", "JPY", 1), ("globex", "EUR", 1)]


def test_an_operator_rolls_up_from_a_day_on(
    place: Callable[..., Order], capsys: pytest.CaptureFixture[str]
) -> None:
    place(datetime(2026, 1, 1, 12, tzinfo=UTC))
    place(datetime(2026, 3, 1, 12, tzinfo=UTC))
    rolled_up()
    Event.objects.all().update(created_at=timezone.now() - timedelta(days=1))
    DailySales.objects.update(gross=1)

    call_command("roll_up_sales", since="2026-02-01")
    assert capsys.readouterr().out.endswith("1 rows changed.\n")
    call_command("roll_up_sales")
    assert capsys.readouterr().out.endswith("1 rows changed.\n")
    assert rolled_up() == sold()

    with pytest.raises(CommandError, match="tomorrow is not a date"):
        call_command("roll_up_sales", "--since", "tomorrow")


def test_the_page_shows_the_days(client: Client, place: Callable[..., Order], alice: User) -> None:
    place(datetime(2026, 3, 1, 12, tzinfo=UTC), quantity=2)
    rolled_up()
    client.force_login(alice)

    page = client.get("/acme/reports/").text

    assert "Mar 1, 2026" in page
    assert "€49.98" in page
    assert "Mar 1, 2026" not in client.get("/acme/reports/?since=2026-03-02").text
    assert "Mar 1, 2026" in client.get("/acme/reports/?since=2026-03-01&until=2026-03-01").text


def test_a_page_of_days_says_that_there_are_more(
    client: Client, acme: Organization, alice: User
) -> None:
    DailySales.objects.bulk_create(
        DailySales(
            organization=acme,
            date=date(2026, 1, 1) + timedelta(days=day),
            currency="EUR",
            channel="staff",
            **dict.fromkeys(["orders", "units", "net", "tax", "gross", "refunded"], 1),
        )
        for day in range(201)
    )
    client.force_login(alice)

    assert "Only the newest 200 rows are shown." in client.get("/acme/reports/").text
    assert "Only the newest" not in client.get("/acme/reports/?since=2026-01-02").text


@pytest.mark.parametrize("typed", ["tomorrow", "2026-02-30", "%00", "0000-00-00", "99999-01-01"])
def test_a_day_that_is_none_is_said_at_its_field(
    client: Client, acme: Organization, alice: User, typed: str
) -> None:
    client.force_login(alice)

    answer = client.get(f"/acme/reports/?since={typed}")

    assert answer.status_code == 422
    assert "Enter a valid date." in answer.text


def test_a_last_day_before_the_first_is_said_at_its_field(
    client: Client, acme: Organization, alice: User
) -> None:
    client.force_login(alice)

    answer = client.get("/acme/reports/?since=2026-03-02&until=2026-03-01")

    assert answer.status_code == 422
    assert "This day is before the first." in answer.text


def test_the_page_takes_the_same_statements_however_many_days(
    client: Client,
    place: Callable[..., Order],
    alice: User,
    django_assert_max_num_queries: Any,
) -> None:
    for month in range(1, 6):
        place(datetime(2026, month, 1, 12, tzinfo=UTC))
    rolled_up()
    client.force_login(alice)

    with django_assert_max_num_queries(6):
        client.get("/acme/reports/")


def test_a_program_reads_the_days(
    client: Client, place: Callable[..., Order], globex: Organization, api_key: str
) -> None:
    place(datetime(2026, 3, 1, 12, tzinfo=UTC), quantity=2)
    place(datetime(2026, 4, 1, 12, tzinfo=UTC))
    rolled_up()
    DailySales.objects.create(
        organization=globex,
        date=date(2026, 3, 1),
        currency="EUR",
        channel="api",
        **dict.fromkeys(["orders", "units", "net", "tax", "gross", "refunded"], 1),
    )
    key = {"Authorization": f"Bearer {api_key}"}

    found = client.get("/api/v1/reports/daily-sales?until=2026-03-31", headers=key).json()

    assert found == {
        "days": [
            {
                "date": "2026-03-01",
                "currency": "EUR",
                "channel": "staff",
                "orders": 1,
                "units": 2,
                "net": 4200,
                "tax": 798,
                "gross": 4998,
                "refunded": 0,
            }
        ]
    }
    wrong = client.get("/api/v1/reports/daily-sales?since=tomorrow", headers=key)
    assert wrong.status_code == 422
    assert client.get("/api/v1/reports/daily-sales").status_code == 401
