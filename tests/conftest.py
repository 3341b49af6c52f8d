"""The cast. Acme sells teapots; Globex is the neighbour whose people must never see them."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import QuerySet

from apps.accounts import operations as accounts
from apps.accounts.models import Membership, Organization, User
from apps.catalog.models import Product, TaxClass, Variant
from apps.events import operations as events
from apps.inventory import operations as inventory
from apps.orders import operations as orders
from apps.orders.models import Order
from tests.invariants import assert_invariants


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--steps", type=int, default=2000, help="random commands in the test of any life"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes a minute, so that at the end nobody waits for it."""
    items.sort(key=lambda item: "whole_life" not in item.nodeid)


@pytest.fixture(autouse=True, scope="session")
def no_order_is_promised() -> Iterator[None]:
    """
    Turn round the rows of every query that asked for no order.

    PostgreSQL answers such a query as it likes: nearly always in the order of writing, so that
    what relies on it fails once in a hundred runs. Here it fails in every one.
    """
    fetch_all = QuerySet._fetch_all

    def fetch_all_turned_round(queryset: QuerySet[Any]) -> None:
        fresh = queryset._result_cache is None
        fetch_all(queryset)
        rows = queryset._result_cache
        if rows and fresh and not queryset.ordered and not queryset.query.is_sliced:
            rows.reverse()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QuerySet, "_fetch_all", fetch_all_turned_round)
        yield


@pytest.fixture(autouse=True)
def books_hold(request: pytest.FixtureRequest) -> Iterator[None]:
    """
    After every test that wrote orders, audit the books of everybody.

    A test that breaks some of them on purpose names the invariants, and says why:
    `@pytest.mark.breaks_books("stock-not-oversold", why="...")`.
    """
    uses_database = request.node.get_closest_marker("django_db") or (
        {"db", "transactional_db"} & set(request.fixturenames)
    )
    if not uses_database:
        yield
        return
    # Asked for before the test, so that it ends after this.
    request.getfixturevalue("db")
    yield
    if Order.objects.exists():
        marks = request.node.iter_markers("breaks_books")
        assert_invariants(except_for={name for mark in marks for name in mark.args})


@pytest.fixture
def alice(db: None) -> User:
    """Owns Acme."""
    return User.objects.create_user("alice@acme.example", name="Alice")


@pytest.fixture
def acme(alice: User) -> Organization:
    organization = accounts.create_organization(name="Acme", owner=alice)
    # The first organization of every test has the address the tests write in their paths.
    assert organization.slug == "acme"
    return organization


@pytest.fixture
def victor(acme: Organization) -> User:
    """Views Acme, and may change nothing."""
    user = User.objects.create_user("victor@acme.example", name="Victor")
    Membership.objects.create(user=user, organization=acme, role=Membership.Role.VIEWER)
    return user


@pytest.fixture
def mallory(db: None) -> User:
    """Owns Globex, and would like to know about Acme."""
    return User.objects.create_user("mallory@globex.example", name="Mallory")


@pytest.fixture
def globex(mallory: User) -> Organization:
    return accounts.create_organization(name="Globex", owner=mallory)


@pytest.fixture
def standard_tax(acme: Organization) -> TaxClass:
    return TaxClass.objects.create(organization=acme, name="Standard", rate=Decimal(19))


@pytest.fixture
def stock_product(
    acme: Organization, standard_tax: TaxClass, alice: User
) -> Callable[..., Variant]:
    """Put a product of one variant on Acme's shelf."""

    def stock(sku: str, name: str, price: str, on_hand: int) -> Variant:
        product = Product.objects.create(
            organization=acme, handle=sku.lower(), name=name, tax_class=standard_tax
        )
        variant = Variant.objects.create(
            organization=acme, product=product, sku=sku, price=Decimal(price)
        )
        if on_hand:
            inventory.adjust_stock(
                variant=variant,
                location=inventory.default_location(acme),
                delta=on_hand,
                reason="First delivery",
                actor=alice,
            )
        return variant

    return stock


@pytest.fixture
def teapot(stock_product: Callable[..., Variant]) -> Variant:
    return stock_product("TEAPOT", "Teapot", "24.99", 10)


@pytest.fixture
def kettle(stock_product: Callable[..., Variant]) -> Variant:
    return stock_product("KETTLE", "Kettle", "39.00", 5)


@pytest.fixture
def jo() -> orders.Buyer:
    return orders.Buyer(email="jo@customer.example", name="Jo March")


@pytest.fixture
def order(acme: Organization, teapot: Variant, jo: orders.Buyer, alice: User) -> Order:
    """Order number one: two teapots."""
    return orders.place_order(
        organization=acme, buyer=jo, items=[orders.Item(teapot, 2)], placed_by=alice
    )


@pytest.fixture
def api_key(acme: Organization) -> str:
    return accounts.create_api_key(organization=acme, name="Web shop")[1]


@pytest.fixture
def settle_all() -> Callable[[], int]:
    """Do by hand what scheduler and worker do, until nothing is owed. Returns how much that was."""

    def settle() -> int:
        settled = 0
        while True:
            events.dispatch_events()
            due: list[int] = []
            events.hand_over(due.append)
            if not due:
                return settled
            settled += sum(events.settle(delivery_id=delivery_id) for delivery_id in due)

    return settle
