"""An order that was sent, and the paths by which its customer follows it."""

from collections.abc import Callable

import pytest

from apps.accounts.models import User
from apps.fulfillment import operations as fulfillment
from apps.fulfillment.models import Fulfillment
from apps.orders import operations as orders
from apps.orders.models import Order
from apps.storefront.queries import order_link


@pytest.fixture
def path_of() -> Callable[[Order], str]:
    def path(order: Order) -> str:
        return "/track/" + order_link(order).rpartition("/track/")[2]

    return path


@pytest.fixture
def parcel(order: Order, alice: User) -> Fulfillment:
    """Both teapots, sent."""
    orders.confirm_order(order=order, confirmed_by=alice)
    [parcel] = fulfillment.ship_order(
        order=order,
        carrier="DHL",
        tracking_number="0042",
        tracking_url="https://dhl.example/0042",
        shipped_by=alice,
    )
    return parcel
