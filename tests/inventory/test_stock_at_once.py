"""Real threads on real stock: counters that many change at the same moment."""

from functools import partial

import pytest
from django.db.models import F, Sum

from apps.accounts.models import Organization
from apps.catalog.models import Variant
from apps.core.claims import claim
from apps.inventory import operations
from apps.inventory.models import StockLevel, StockMovement
from tests.together import at_once, overtaking

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_many_who_want_the_last_units_only_so_many_get_one(teapot: Variant) -> None:
    level = StockLevel.objects.filter(variant=teapot)

    outcomes = at_once([lambda: claim(level.all(), "reserved", 1, limit=F("on_hand"))] * 16)

    assert outcomes.count(True) == 10
    assert level.get().reserved == 10


def test_the_same_request_sent_twice_at_once_moves_stock_once(
    acme: Organization, teapot: Variant
) -> None:
    count = partial(
        operations.adjust_stock,
        variant=teapot,
        location=operations.default_location(acme),
        delta=-1,
        reason="Broken",
        actor=None,
        idempotency_key="k",
    )

    outcomes = at_once([count] * 6)

    assert [type(one) for one in outcomes].count(StockLevel) == 1
    assert StockLevel.objects.get().on_hand == 9


def test_carried_both_ways_at_once_nothing_is_lost_and_nobody_waits_for_ever(
    acme: Organization, teapot: Variant
) -> None:
    main = operations.default_location(acme)
    attic = operations.create_location(organization=acme, code="ATTIC", name="Attic", priority=9)
    operations.adjust_stock(variant=teapot, location=attic, delta=10, reason="In", actor=None)
    there = partial(operations.transfer_stock, variant=teapot, source=main, target=attic)
    back = partial(operations.transfer_stock, variant=teapot, source=attic, target=main)

    outcomes = at_once(
        [partial(way, quantity=1, reason="", actor=None) for way in (there, back)] * 8
    )

    assert {type(one) for one in outcomes} == {StockMovement}
    levels = StockLevel.objects.aggregate(sum=Sum("on_hand"))
    assert levels["sum"] == StockMovement.objects.aggregate(sum=Sum("delta"))["sum"] == 20


@pytest.mark.parametrize("closes_first", [True, False])
def test_nothing_is_put_at_a_place_that_is_being_closed(
    acme: Organization, teapot: Variant, closes_first: bool
) -> None:
    attic = operations.create_location(organization=acme, code="ATTIC", name="Attic", priority=9)
    close = partial(operations.close_location, location=attic)
    receive = partial(
        operations.adjust_stock,
        variant=teapot,
        location=attic,
        delta=3,
        reason="Delivery",
        actor=None,
    )

    outcome = overtaking(*((close, receive) if closes_first else (receive, close)))

    refused = operations.LocationClosed if closes_first else operations.StillInUse
    assert isinstance(outcome, refused)
    attic.refresh_from_db()
    assert attic.active != closes_first
