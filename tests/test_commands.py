"""Doors for operators: each calls one operation, and answers with a line or one sentence."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Organization, User
from apps.catalog.models import Product, Variant
from apps.events.models import Event
from apps.inventory.models import Location, StockLevel
from apps.orders.models import Order
from apps.orders.queries import count_work


def test_an_order_is_confirmed(order: Order, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("confirm_order", "acme", "1")

    order.refresh_from_db()
    assert order.status == Order.Status.CONFIRMED
    assert "Confirmed Order 1.\n" in capsys.readouterr().out


def test_an_order_is_cancelled_and_its_history_says_why(
    order: Order, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("cancel_order", "acme", "1", reason="Ordered twice")

    order.refresh_from_db()
    assert (order.status, order.closed_reason) == (Order.Status.CANCELLED, "Ordered twice")
    assert Event.objects.get(type="order.cancelled").data["reason"] == "Ordered twice"
    assert StockLevel.objects.get().reserved == 0
    assert "Cancelled Order 1.\n" in capsys.readouterr().out


def test_unpaid_orders_expire(order: Order, capsys: pytest.CaptureFixture[str]) -> None:
    Order.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    call_command("expire_unpaid_orders")
    call_command("expire_unpaid_orders")

    order.refresh_from_db()
    assert order.status == Order.Status.EXPIRED
    told = [line for line in capsys.readouterr().out.splitlines() if line.endswith("expired.")]
    assert told == ["1 expired.", "0 expired."]


COMMANDS = [("confirm_order", {}), ("cancel_order", {"reason": "Typo"})]


@pytest.mark.parametrize(("command", "options"), COMMANDS)
def test_what_an_order_refuses_is_said_in_one_sentence(
    order: Order, command: str, options: dict[str, str]
) -> None:
    call_command("cancel_order", "acme", "1", reason="First")

    with pytest.raises(CommandError, match="Order 1 is cancelled"):
        call_command(command, "acme", "1", **options)


@pytest.mark.parametrize(("command", "options"), COMMANDS)
@pytest.mark.parametrize(("slug", "number"), [("acme", "7"), ("globex", "1")])
def test_an_order_that_is_not_there_is_said_in_one_sentence(
    order: Order,
    globex: Organization,
    command: str,
    options: dict[str, str],
    slug: str,
    number: str,
) -> None:
    with pytest.raises(CommandError, match=f"{slug} has no order {number}"):
        call_command(command, slug, number, **options)

    order.refresh_from_db()
    assert order.status == Order.Status.PENDING


def test_an_order_is_not_cancelled_without_a_reason(order: Order) -> None:
    with pytest.raises(CommandError, match="--reason"):
        call_command("cancel_order", "acme", "1")


@pytest.fixture
def demo(db: None, capsys: pytest.CaptureFixture[str]) -> str:
    """The demo shop, and what the command said when it opened it."""
    call_command("seed_demo")
    return capsys.readouterr().out


def test_the_demo_is_a_shop_with_orders_in_every_state(demo: str) -> None:
    shop = Organization.objects.get(slug="tea-and-tools")

    assert (shop.name, shop.currency, shop.timezone) == ("Tea & Tools", "EUR", "Europe/Berlin")
    assert Product.objects.filter(organization=shop).count() == 24
    assert Location.objects.filter(organization=shop).count() == 2
    assert {rate for (rate,) in shop.tax_classes.values_list("rate")} == {7, 19}
    assert set(shop.orders.values_list("status", flat=True)) == set(Order.Status.values)
    waiting = count_work(shop)
    assert all(waiting[queue] for queue in ("confirm", "pick", "ship", "answer", "refund"))
    assert not Variant.objects.filter(product__tax_class=None).exists()


def test_the_demo_holds_together(demo: str) -> None:
    for order in Order.objects.exclude(status=Order.Status.DRAFT):
        events = Event.objects.filter(aggregate_type="order", aggregate_id=order.pk)
        assert list(events.order_by("sequence").values_list("sequence", flat=True)) == list(
            range(1, order.version + 1)
        )
    placed = Order.objects.exclude(number=None).order_by("number")
    days = [order.placed_at for order in placed]
    assert days == sorted(days)  # type: ignore[type-var]
    assert all(level.reserved <= level.on_hand for level in StockLevel.objects.all())


@pytest.mark.parametrize("email", ["demo@dozen.example", "viewer@dozen.example"])
def test_the_demo_can_be_entered_as_it_says(demo: str, client: Client, email: str) -> None:
    password = demo.rpartition("Password of both: ")[2].strip()
    assert email in demo

    answer = client.post("/accounts/login/", {"login": email, "password": password})

    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(User.objects.get(email=email).pk)


def test_the_key_of_the_demo_is_shown_once_and_opens_the_api(demo: str, client: Client) -> None:
    key = demo.partition("shown this once: ")[2].split()[0]

    answer = client.get("/api/v1/orders", headers={"Authorization": f"Bearer {key}"})

    assert answer.status_code == 200


def test_the_demo_is_opened_once(demo: str, capsys: pytest.CaptureFixture[str]) -> None:
    orders = Order.objects.count()

    call_command("seed_demo")

    again = capsys.readouterr().out
    assert "The demo is there already." in again
    assert "API key" not in again
    assert (Order.objects.count(), Organization.objects.count()) == (orders, 1)


def test_the_demo_writes_to_nobody_who_is_real(demo: str) -> None:
    addresses = Order.objects.values_list("email", flat=True)

    assert {address.rpartition("@")[2] for address in addresses} == {"customer.example"}


def test_a_public_deploy_gets_no_account_with_a_public_password(
    db: None, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.PUBLIC_BASE_URL = "https://orders.acme.example"

    with pytest.raises(CommandError, match="This deploy is public"):
        call_command("seed_demo")
    assert not User.objects.exists()

    call_command("seed_demo", public=True)
    assert "https://orders.acme.example" in capsys.readouterr().out
