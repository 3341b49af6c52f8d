"""Two people import the same file at the same moment, and staff go on working."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection

from apps.accounts.models import Organization
from apps.catalog.models import Variant
from apps.core.csv_files import CsvFile, RefusedRows
from apps.inventory.imports import import_products
from apps.inventory.models import StockLevel, StockMovement
from apps.orders import operations as orders
from apps.orders.imports import import_orders
from apps.orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(acts: Sequence[Callable[[], object]]) -> list[object]:
    gate = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            gate.wait()
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_a_product_file_imported_twice_at_once_opens_its_stock_once(
    acme: Organization, tmp_path: Path
) -> None:
    path = tmp_path / "products.csv"
    rows = [f"p{i},P{i},1.00,SKU{i},2" for i in range(1500)]
    head = "Handle,Title,Variant Price,Variant SKU,Variant Inventory Qty"
    path.write_text("\n".join([head, *rows]) + "\n")

    def load(name: str) -> Callable[[], object]:
        def run() -> object:
            source = CsvFile(path)
            with RefusedRows(tmp_path / name, source) as refused:
                return import_products(organization=acme, source=source, refused=refused)

        return run

    reports = at_once([load("one"), load("two")])

    assert sum(report.variants_created for report in reports) == 1500  # type: ignore[attr-defined]
    assert set(StockLevel.objects.values_list("on_hand", flat=True)) == {2}
    assert StockMovement.objects.count() == 1500


def test_an_order_file_imported_twice_at_once_is_placed_once_while_staff_sell(
    acme: Organization, teapot: Variant, kettle: Variant, jo: orders.Buyer, tmp_path: Path
) -> None:
    Variant.objects.update(allow_backorder=True)
    path = tmp_path / "orders.csv"
    head = "Order,SKU,Description,Quantity,Date,Price"
    rows = [
        f"{number},{sku},,1,2026-01-01,5.00"
        for number in range(40)
        for sku in (("TEAPOT", "KETTLE"), ("KETTLE", "TEAPOT"))[number % 2]
    ]
    path.write_text("\n".join([head, *rows]) + "\n")

    def load(name: str) -> Callable[[], object]:
        def run() -> object:
            source = CsvFile(path)
            with RefusedRows(tmp_path / name, source) as refused:
                return import_orders(organization=acme, source=source, refused=refused)

        return run

    def sell() -> object:
        pots = Variant.objects.get(pk=teapot.pk), Variant.objects.get(pk=kettle.pk)
        return [
            orders.place_order(
                organization=acme,
                buyer=jo,
                items=[orders.Item(variant, 1) for variant in pots],
                placed_by=None,
            ).number
            for _ in range(20)
        ]

    one, two, _ = at_once([load("one"), load("two"), sell])

    placed = [report.orders_placed for report in (one, two)]  # type: ignore[attr-defined]
    there = [report.orders_already_there for report in (one, two)]  # type: ignore[attr-defined]
    assert (sum(placed), sum(there)) == (40, 40)
    assert Order.objects.filter(channel=Order.Channel.IMPORT).count() == 40
    assert set(StockLevel.objects.values_list("reserved", flat=True)) == {60}
    assert not (tmp_path / "one").exists()
    assert not (tmp_path / "two").exists()
