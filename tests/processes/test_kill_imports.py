"""
Kill whoever imports, while the rows of a step are written and its cursor is not yet moved.

What the step wrote is gone with it: the next worker child does that step again, and no other.
"""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db.models import Count, Sum
from pytest_django import Settings

from apps.accounts.models import Organization, User
from apps.batches import operations as batches
from apps.batches.models import Batch, BatchChange, Import
from apps.catalog.models import Variant
from apps.inventory.models import StockMovement
from tests.processes.deploys import Deploy
from tests.processes.running import Process, wait_until
from tests.processes.shops import Shop

ROWS = 3500
KILLS = 3
# A step notes what it changed after it wrote that, and before it moves the cursor.
SHUT = "LOCK TABLE batches_batchchange IN SHARE MODE"
WAITING = """
    SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'batches_batchchange'::regclass
"""
DONE = "SELECT done FROM batches_batch WHERE kind = 'product-import'"


class Gate:
    """Lets the steps of an import through one at a time: each is stopped where it notes."""

    def __init__(self, deploy: Deploy) -> None:
        self.deploy = deploy
        self._shut = self._connect()
        self._shut.execute(SHUT)

    def has_stopped_one(self) -> None:
        wait_until(lambda: self._waiting() != [], what="a step notes what it changed")

    def let_one_through(self) -> None:
        """Whoever comes behind the one that waits is stopped: PostgreSQL keeps them in order."""
        behind = self._connect()
        with ThreadPoolExecutor(1) as pool:
            shutting = pool.submit(behind.execute, SHUT)
            wait_until(lambda: (behind.info.backend_pid,) in self._waiting(), what="the gate waits")
            self._shut.close()
            shutting.result()
        self._shut = behind

    def open(self) -> None:
        self._shut.close()

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self.deploy.database.url)

    def _waiting(self) -> list[tuple[object, ...]]:
        return self.deploy.database.ask(WAITING)


def a_file() -> bytes:
    """Products of one variant, with three of each in stock."""
    head = "Handle,Title,Variant SKU,Variant Price,Variant Inventory Tracker,Variant Inventory Qty"
    rows = [f"mug-{n},Mug {n},MUG-{n},{n}.50,shopify,3" for n in range(ROWS)]
    return "\n".join([head, *rows, ""]).encode()


@pytest.fixture
def worker(deploy: Deploy) -> Process:
    deploy.scheduler()
    return deploy.worker(WORKER_CONCURRENCY="1")


@pytest.fixture
def checked(deploy: Deploy, shop: Shop, worker: Process, settings: Settings) -> Import:
    """An import that only has to be run."""
    settings.S3_BUCKET = deploy.bucket.name
    with deploy.orm():
        alice = User.objects.get(email=shop.owner)
        found = batches.import_sent_file(
            organization=Organization.objects.get(slug=shop.slug),
            what="products",
            name="mugs.csv",
            body=a_file(),
            started_by=alice,
        )
        deploy.wait_until_quiet()
        found.refresh_from_db()
        batches.check_import(found=found, mapping=found.mapping, options={}, checked_by=alice)
        deploy.wait_until_quiet()
    return found


@pytest.fixture
def gate(deploy: Deploy, checked: Import) -> Iterator[Gate]:
    gate = Gate(deploy)
    yield gate
    gate.open()


def test_an_import_ends_with_each_row_once_however_often_its_worker_is_killed(
    deploy: Deploy, shop: Shop, worker: Process, checked: Import, gate: Gate
) -> None:
    killed: set[int] = set()
    done: list[int] = []
    with deploy.orm():
        batches.run_import(found=checked, started_by=User.objects.get(email=shop.owner))

    for _ in range(KILLS):
        gate.has_stopped_one()
        done.append(int(deploy.database.ask(DONE)[0][0]))
        [child] = set(worker.children()) - killed
        os.kill(child, signal.SIGKILL)
        killed.add(child)
        # Its statement still waits in PostgreSQL, which then finds nobody to answer.
        gate.let_one_through()
        assert deploy.database.ask(DONE) == [(done[-1],)]
        deploy.let_time_pass()
        gate.has_stopped_one()
        gate.let_one_through()
    gate.open()
    deploy.wait_until_quiet()

    # Each was killed in another step.
    assert len(set(done)) == KILLS
    with deploy.orm():
        batch = Batch.objects.get(kind="product-import")
        noted = BatchChange.objects.filter(batch=batch, created=True)
        made = Variant.objects.filter(sku__startswith="MUG-")
        movements = StockMovement.objects.filter(stock_level__variant__in=made)
        delivered = movements.aggregate(times=Count("pk"), units=Sum("delta"))
        assert (batch.status, batch.done, batch.skipped) == ("done", ROWS, 0)
        assert batch.report == {
            "products_created": ROWS,
            "variants_created": ROWS,
            "units_counted_in": 3 * ROWS,
        }
        assert made.count() == ROWS
        assert noted.count() == noted.values("row_type", "row_id").distinct().count() == 2 * ROWS
        assert delivered == {"times": ROWS, "units": 3 * ROWS}
