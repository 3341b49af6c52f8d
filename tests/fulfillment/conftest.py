"""What parcels and returns are tried with: confirmed orders, an attic, and a look at the stock."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db.models import Sum

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.inventory import operations as inventory
from apps.inventory.models import Location, StockLevel
from apps.orders import operations as orders
from apps.orders.models import Order

Confirm = Callable[..., Order]


@pytest.fixture
def confirmed(acme: Organization, jo: orders.Buyer, alice: User) -> Confirm:
    """Place and confirm an order of variants and quantities."""

    def place(*wanted: tuple[Variant | None, int]) -> Order:
        items = [
            orders.Item(variant, quantity)
            if variant
            else orders.Item(None, quantity, Decimal("2.50"), "GIFT", "Gift wrapping")
            for variant, quantity in wanted
        ]
        order = orders.place_order(organization=acme, buyer=jo, items=items, placed_by=alice)
        return orders.confirm_order(order=order, confirmed_by=alice)

    return place


@pytest.fixture
def attic(acme: Organization, teapot: Variant) -> Location:
    """Holds five teapots, and is served last."""
    place = inventory.create_location(organization=acme, code="ATTIC", name="Attic", priority=9)
    inventory.adjust_stock(variant=teapot, location=place, delta=5, reason="Moved", actor=None)
    return place


@pytest.fixture
def counters() -> Callable[[], list[tuple[int, int]]]:
    """Give on hand and reserved, by location, both as promises and movements explain them."""

    def look() -> list[tuple[int, int]]:
        levels = StockLevel.objects.order_by("location__priority", "pk")
        for level in levels:
            active = level.reservations.filter(state="active").aggregate(sum=Sum("quantity"))["sum"]
            assert level.reserved == (active or 0)
            assert level.on_hand == (level.movements.aggregate(sum=Sum("delta"))["sum"] or 0)
        return list(levels.values_list("on_hand", "reserved"))

    return look
