from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core import mail

from apps.accounts.models import Membership, Organization, User
from apps.catalog.models import Product, Variant
from apps.inventory import operations as inventory
from apps.inventory.models import Location
from apps.notifications.emails import announce_low_stock
from apps.notifications.emails.colleagues import Low, low_stock
from apps.notifications.models import OutgoingEmail
from apps.reports.queries import low_variants

MORNING = datetime(2026, 11, 23, tzinfo=UTC)

Settle = Callable[[], int]


@pytest.fixture
def take(acme: Organization, alice: User) -> Callable[[Variant, int], None]:
    def take(variant: Variant, units: int) -> None:
        inventory.adjust_stock(
            variant=variant,
            location=inventory.default_location(acme),
            delta=-units,
            reason="Broken",
            actor=alice,
        )

    return take


Take = Callable[[Variant, int], None]


def left_of(organization: Organization) -> list[int]:
    low: Any = low_variants(organization)
    return [one.available for one in low]


def test_keepers_hear_what_is_running_out(
    teapot: Variant, victor: User, take: Take, settle_all: Settle
) -> None:
    take(teapot, 5)

    assert announce_low_stock(MORNING) == 1
    settle_all()

    [message] = mail.outbox
    assert message.to == ["alice@acme.example"]
    assert message.subject == "1 product of Acme is running out"
    assert "TEAPOT  Teapot  5\n" in message.body
    assert "/acme/stock/" in message.body


def test_a_mail_does_not_grow_with_what_is_running_out(acme: Organization) -> None:
    low = [Low(f"SKU-{row}", f"Product {row}", 0) for row in range(1051)]

    rows = low_stock(acme, low, "Alice").rows

    assert len(rows) == 51
    assert rows[-1].words == "and 1,001 more"


def test_admins_are_keepers_and_whoever_left_is_not(
    acme: Organization, teapot: Variant, victor: User, alice: User, take: Take
) -> None:
    Membership.objects.filter(user=victor).update(role=Membership.Role.ADMIN)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    take(teapot, 5)

    announce_low_stock(MORNING)

    assert OutgoingEmail.objects.get().recipient == victor.email


def test_enough_is_not_written_about(teapot: Variant, take: Take) -> None:
    take(teapot, 4)

    assert announce_low_stock(MORNING) == 0
    assert not OutgoingEmail.objects.exists()


def test_a_place_with_little_is_not_low_where_another_has_enough(
    acme: Organization, teapot: Variant, alice: User
) -> None:
    attic = inventory.create_location(organization=acme, code="A", name="Attic", priority=9)
    inventory.transfer_stock(
        variant=teapot,
        source=inventory.default_location(acme),
        target=attic,
        quantity=4,
        reason="Room",
        actor=alice,
    )

    assert left_of(acme) == []
    Location.objects.filter(pk=attic.pk).update(active=False)
    acme.low_stock_at = 6
    assert left_of(acme) == [6]
    Location.objects.update(active=False)
    assert left_of(acme) == [0]


def test_the_same_list_is_told_once_and_a_longer_one_again(
    teapot: Variant, kettle: Variant, take: Take
) -> None:
    """There are five kettles, which is what Acme calls low."""
    assert announce_low_stock(MORNING) == 1
    assert announce_low_stock(MORNING) == 0
    take(kettle, 1)
    assert announce_low_stock(MORNING) == 0

    take(teapot, 5)
    assert announce_low_stock(MORNING) == 1

    body = OutgoingEmail.objects.order_by("pk").last()
    assert body is not None
    assert "KETTLE  Kettle  4\nTEAPOT  Teapot  5\n" in body.body


def test_what_recovered_and_runs_out_again_is_new(kettle: Variant, take: Take) -> None:
    assert announce_low_stock(MORNING) == 1
    take(kettle, -10)
    assert announce_low_stock(MORNING) == 0
    take(kettle, 10)
    assert announce_low_stock(MORNING) == 1


def test_only_what_can_be_promised_counts(acme: Organization, teapot: Variant, alice: User) -> None:
    closed = Location.objects.create(organization=acme, code="OLD", name="Old")
    inventory.adjust_stock(variant=teapot, location=closed, delta=90, reason="Found", actor=alice)
    Location.objects.filter(pk=closed.pk).update(active=False)
    assert announce_low_stock(MORNING) == 0

    Location.objects.exclude(pk=closed.pk).update(active=False)
    assert announce_low_stock(MORNING) == 1


@pytest.mark.parametrize("change", [{"track_stock": False}, {"product__status": "archived"}])
def test_what_is_not_counted_or_not_sold_is_not_low(
    kettle: Variant, change: dict[str, object]
) -> None:
    if "track_stock" in change:
        Variant.objects.update(track_stock=False)
    else:
        Product.objects.update(status=Product.Status.ARCHIVED)

    assert announce_low_stock(MORNING) == 0


def test_each_organization_decides_what_is_low(
    acme: Organization, globex: Organization, teapot: Variant
) -> None:
    Organization.objects.filter(pk=acme.pk).update(low_stock_at=10)

    assert announce_low_stock(MORNING) == 1
    assert OutgoingEmail.objects.get().organization == acme
