from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.models import Membership, Organization, User
from apps.catalog.models import Variant
from apps.orders import operations
from apps.orders.models import Order

type Place = Callable[..., Order]


@pytest.fixture
def bob(acme: Organization) -> User:
    """Manages Acme beside Alice."""
    user = User.objects.create_user("bob@acme.example", name="Bob")
    Membership.objects.create(user=user, organization=acme, role=Membership.Role.MANAGER)
    return user


@pytest.fixture
def place(acme: Organization, teapot: Variant, alice: User) -> Place:
    """Place an order of one teapot, of which there are always enough."""
    Variant.objects.update(track_stock=False)
    teapot.refresh_from_db()

    def place_one(name: str = "Jo March", email: str = "", **columns: object) -> Order:
        order = operations.place_order(
            organization=acme,
            buyer=operations.Buyer(name=name, email=email),
            items=[operations.Item(teapot, 1)],
            placed_by=alice,
        )
        if columns:
            Order.objects.filter(pk=order.pk).update(**columns)
            order.refresh_from_db()
        return order

    return place_one


@pytest.fixture
def alices_desk(client: Client, alice: User, acme: Organization) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def bobs_desk(bob: User) -> Client:
    client = Client()
    client.force_login(bob)
    return client
