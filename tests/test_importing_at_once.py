"""Two people import the same file at the same moment, and staff go on working."""

import itertools
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from apps.accounts.models import Organization, User
from apps.catalog.imports import ProductReport
from apps.catalog.models import Variant
from apps.core.csv_files import CsvFile, RefusedRows
from apps.core.errors import Refusal
from apps.fulfillment import operations as fulfillment
from apps.inventory.imports import import_products
from apps.inventory.models import StockLevel, StockMovement
from apps.orders import operations as orders
from apps.orders.imports import OrderReport, import_orders
from apps.orders.models import Order
from apps.payments import operations as payments
from apps.payments.models import Payment
from tests.together import at_once, overtaking

pytestmark = pytest.mark.django_db(transaction=True)

PRODUCTS = ["Handle,Title,Variant Price,Variant SKU,Variant Inventory Qty"] + [
    f"p{number},P{number},1.00,SKU{number},2" for number in range(20)
]


def order_rows(count: int) -> list[str]:
    # Every other basket is the other way round, as in the nightly import that deadlocks.
    return ["Order,SKU,Description,Quantity,Date,Price"] + [
        f"{number},{sku},,1,2026-01-01,5.00"
        for number in range(count)
        for sku in (("TEAPOT", "KETTLE"), ("KETTLE", "TEAPOT"))[number % 2]
    ]


@pytest.fixture
def products(acme: Organization, tmp_path: Path) -> Callable[[], ProductReport]:
    path = tmp_path / "products.csv"
    path.write_text("\n".join(PRODUCTS) + "\n")

    def load() -> ProductReport:
        source = CsvFile(path)
        with RefusedRows(Path("/dev/null"), source) as refused:
            return import_products(organization=acme, source=source, refused=refused)

    return load


@pytest.fixture
def order_file(
    acme: Organization, teapot: Variant, kettle: Variant, tmp_path: Path
) -> Callable[[], OrderReport]:
    Variant.objects.update(allow_backorder=True)
    return order_file_of(acme, tmp_path / "orders.csv", order_rows(40))


def order_file_of(acme: Organization, path: Path, rows: list[str]) -> Callable[[], OrderReport]:
    path.write_text("\n".join(rows) + "\n")

    def load() -> OrderReport:
        source = CsvFile(path)
        with RefusedRows(Path("/dev/null"), source) as refused:
            return import_orders(organization=acme, source=source, refused=refused)

    return load


def test_a_product_file_that_is_being_imported_opens_its_stock_once(
    products: Callable[[], ProductReport],
) -> None:
    second = overtaking(products, products)

    assert second == ProductReport(products_unchanged=20, variants_unchanged=20)
    assert set(StockLevel.objects.values_list("on_hand", flat=True)) == {2}
    assert StockMovement.objects.count() == 20


def test_an_order_file_that_is_being_imported_is_placed_once(
    order_file: Callable[[], OrderReport],
) -> None:
    second = overtaking(order_file, order_file)

    assert second == OrderReport(orders_already_there=40)
    assert Order.objects.count() == 40
    assert set(StockLevel.objects.values_list("reserved", flat=True)) == {40}


def test_imports_and_staff_neither_deadlock_nor_lose_anything(
    acme: Organization,
    teapot: Variant,
    kettle: Variant,
    jo: orders.Buyer,
    order_file: Callable[[], OrderReport],
) -> None:
    both = list(Variant.objects.select_related("product__tax_class"))

    def sell() -> int:
        for _ in range(20):
            items = [orders.Item(variant, 1) for variant in both]
            orders.place_order(organization=acme, buyer=jo, items=items, placed_by=None)
        return 20

    one, two, sold = at_once([order_file, order_file, sell])

    assert isinstance(one, OrderReport)
    assert isinstance(two, OrderReport)
    assert one.orders_placed + two.orders_placed == 40
    assert one.orders_already_there + two.orders_already_there == 40
    assert (sold, Order.objects.count()) == (20, 60)
    assert set(StockLevel.objects.values_list("reserved", flat=True)) == {60}


def test_staff_work_while_three_hundred_orders_are_imported(
    acme: Organization,
    teapot: Variant,
    kettle: Variant,
    alice: User,
    settle_all: Callable[[], int],
    tmp_path: Path,
) -> None:
    """A16: nobody meets a deadlock, which would rise here; that the books hold is asked of all."""
    Variant.objects.update(allow_backorder=True)
    both = list(Variant.objects.select_related("product__tax_class"))
    load = order_file_of(acme, tmp_path / "orders.csv", order_rows(300))
    people = itertools.count()

    def place() -> Order:
        # Strangers, because orders of one customer wait for each other.
        buyer = orders.Buyer(email=f"buyer-{next(people)}@customer.example")
        items = [orders.Item(variant, 2) for variant in both]
        return orders.place_order(organization=acme, buyer=buyer, items=items, placed_by=alice)

    def pay(order: Order) -> None:
        payments.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=alice)

    def edit(order: Order) -> None:
        units = {order.lines.order_by("position")[0].pk: 1}
        orders.edit_order(order=order, quantities=units, edited_by=alice)

    def ship(order: Order) -> None:
        with suppress(Refusal):
            pay(order)
        fulfillment.ship_order(order=order, shipped_by=alice)

    def cancel(order: Order) -> None:
        orders.cancel_order(order=order, reason="Changed", cancelled_by=alice)

    placed = [place() for _ in range(24)]
    # Whoever is faster: the first eight are never shipped, the last eight never cancelled.
    work = [
        every(lambda order: place(), placed),
        every(pay, placed),
        every(edit, placed[:16]),
        every(ship, placed[8:]),
        every(cancel, placed[:16]),
    ]

    report, *_ = at_once([load, *work, settle_all])
    settle_all()

    assert isinstance(report, OrderReport)
    assert report.orders_placed == 300
    assert Order.objects.count() == 300 + 2 * len(placed)
    statuses = set(Order.objects.exclude(channel="import").values_list("status", flat=True))
    assert {"completed", "cancelled"} <= statuses


def every(act: Callable[[Order], object], placed: Sequence[Order]) -> Callable[[], None]:
    """Return an act on all these orders, each person in another sequence."""
    mine = random.sample(placed, len(placed))

    def run() -> None:
        for order in mine:
            # Somebody else was there first: paid already, cancelled, not paid yet.
            with suppress(Refusal):
                act(order)

    return run
