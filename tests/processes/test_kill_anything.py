"""
Kill any process, at any moment: what was acknowledged exists once, and what it owes gets done.

People keep ordering and the office keeps shipping, while web, worker, scheduler and Valkey are
killed in turn. Each is started again, as a platform would.
"""

import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median

import pytest

from apps.invoicing.models import Invoice
from apps.orders.models import Order
from tests.processes.conftest import Deploys
from tests.processes.deploys import Deploy, Web, seconds_since
from tests.processes.running import PATIENCE, Process, wait_until
from tests.processes.services import free_port
from tests.processes.shops import Shop, open_shop

ROUNDS = 3
# A worker child that dies between the mail server's "250 ok" and its commit sends once more.
SENDERS = 2
# Seconds without progress after which nobody can be at work.
STANDSTILL = 3.0


@dataclass
class Formation:
    """Everything the Procfile names, each of which may be killed and started again."""

    deploy: Deploy
    port: str = field(default_factory=lambda: str(free_port()))
    kills: Counter[str] = field(default_factory=Counter)

    def start(self) -> None:
        self.web: Web = self.deploy.web(PORT=self.port, WEB_CONCURRENCY="2")
        self.scheduler = self.deploy.scheduler()
        self.worker = self.deploy.worker(WORKER_CONCURRENCY=str(SENDERS))

    def kill_web_worker(self) -> None:
        self._kill("web worker", self._child(self.web.process))

    def kill_web_master(self) -> None:
        self._kill("web master", self.web.process.pid)
        self.web.process.join()
        self.web = self.deploy.web(PORT=self.port, WEB_CONCURRENCY="2")

    def insist_on_all(self) -> None:
        """Whoever was not killed runs: nobody gives up because somebody else was killed."""
        for process in (self.web.process, self.worker, self.scheduler):
            if not process.is_running():
                last_words = "\n".join([*process.lines[-20:], *process.complaints[-60:]])
                pytest.fail(f"{process.command} ended with {process.join()}:\n{last_words}")

    def _new_worker(self) -> Process:
        return self.deploy.start("worker", WORKER_CONCURRENCY=str(SENDERS))

    def kill_celery_child(self) -> None:
        self._kill("celery child", self._child(self.worker))

    def kill_celery_main(self) -> None:
        self._kill("celery main", self.worker.pid)
        self.worker.kill()
        self.worker = self._new_worker()

    def kill_scheduler(self) -> None:
        self._kill("scheduler", self.scheduler.pid)
        self.scheduler.join()
        self.scheduler = self.deploy.start("scheduler")

    def kill_valkey(self) -> None:
        self.kills["valkey"] += 1
        self.deploy.valkey.kill()
        self.deploy.valkey.start()

    def _kill(self, name: str, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        self.kills[name] += 1

    def _child(self, process: Process) -> int:
        return random.choice(wait_until(process.children, what="a child"))  # noqa: S311


class Clerk(threading.Thread):
    """Orders again and again; asks with the same key until the answer is a definite one."""

    def __init__(self, name: str, shop: Shop, port: int) -> None:
        super().__init__(name=name, daemon=True)
        self.shop, self.port = shop, port
        # Order number by idempotency key, as the answer said.
        self.acknowledged: dict[str, int] = {}
        self.repeated = 0
        self.slowest = 0.0
        self.surprises: list[str] = []
        self.enough = threading.Event()

    def run(self) -> None:
        while not self.enough.is_set():
            self.order(f"{self.name}-{len(self.acknowledged)}")
            self.enough.wait(0.05)

    def order(self, key: str) -> None:
        while True:
            began = time.monotonic()
            try:
                answer = self.shop.order(self.port, email=f"{key}@customer.example", key=key)
            except OSError:
                self.repeated += 1
                time.sleep(0.1)
                continue
            self.slowest = max(self.slowest, seconds_since(began))
            if answer.status not in {200, 201}:
                self.surprises.append(f"{answer.status} {answer.body[:200]!r}")
            self.acknowledged[key] = answer.json()["number"]
            return


class Office(threading.Thread):
    """Pays and ships every order that the clerks were told of."""

    def __init__(self, shop: Shop, clerks: list[Clerk]) -> None:
        super().__init__(daemon=True)
        self.shop, self.clerks = shop, clerks
        self.shipped: set[int] = set()
        self.enough = threading.Event()

    def run(self) -> None:
        with self.shop.deploy.orm():
            while self.work() or not self.enough.is_set():
                self.enough.wait(0.05)

    def work(self) -> int:
        new = [
            number
            for clerk in self.clerks
            for number in list(clerk.acknowledged.values())
            if number not in self.shipped
        ]
        for number in new:
            self.shop.pay_and_ship(number)
            self.shipped.add(number)
        return len(new)


@pytest.fixture
def shop(deploys: Deploys) -> Shop:
    return open_shop(deploys.new("kills"))


@pytest.fixture
def formation(shop: Shop) -> Formation:
    formation = Formation(shop.deploy)
    formation.start()
    return formation


@pytest.fixture
def open_every_day(formation: Formation, shop: Shop) -> Iterator[tuple[list[Clerk], Office]]:
    clerks = [Clerk(name, shop, formation.web.port) for name in ("anna", "ben")]
    office = Office(shop, clerks)
    for one in (*clerks, office):
        one.start()
    yield clerks, office
    close(clerks, office)


def kill_everything(formation: Formation) -> None:
    kills: list[Callable[[], None]] = [
        formation.kill_web_worker,
        formation.kill_celery_child,
        formation.kill_valkey,
        formation.kill_celery_main,
        formation.kill_scheduler,
        formation.kill_web_master,
    ]
    for kill in kills * ROUNDS:
        # Not in step with anything: each kill finds the others at another moment.
        time.sleep(random.uniform(0.1, 0.7))  # noqa: S311
        formation.insist_on_all()
        kill()


def close(clerks: list[Clerk], office: Office) -> None:
    """The office closes last: what was acknowledged is shipped."""
    workplaces: list[Clerk | Office] = [*clerks, office]
    for one in workplaces:
        one.enough.set()
        one.join(PATIENCE)
        assert not one.is_alive()


def wait_for_quiet(formation: Formation) -> None:
    """Whoever was killed at work left a lease; skip those 70 seconds when nobody is at work."""
    deploy = formation.deploy
    owed, since, deadline = deploy.owed(), time.monotonic(), time.monotonic() + PATIENCE * 2
    while owed:
        assert time.monotonic() < deadline, deploy.what_is_owed()
        formation.insist_on_all()
        time.sleep(0.1)
        left = deploy.owed()
        if left != owed:
            owed, since = left, time.monotonic()
        elif seconds_since(since) > STANDSTILL:
            deploy.let_time_pass()
            since = time.monotonic()


def test_nothing_acknowledged_is_lost_or_doubled(
    formation: Formation,
    shop: Shop,
    open_every_day: tuple[list[Clerk], Office],
    record_property: Callable[[str, object], None],
) -> None:
    """A8: whatever dies between a commit and what follows from it, or in the middle of that."""
    clerks, office = open_every_day
    deploy = formation.deploy

    kill_everything(formation)
    close(clerks, office)
    began = time.monotonic()
    wait_for_quiet(formation)

    acknowledged = {key: number for clerk in clerks for key, number in clerk.acknowledged.items()}
    mails = Counter(message["Message-ID"] for message in deploy.mail.received)
    doubled = sum(times - 1 for times in mails.values())
    figures = {
        "kills": sum(formation.kills.values()),
        "orders": len(acknowledged),
        "requests repeated": sum(clerk.repeated for clerk in clerks),
        "slowest answer": max(clerk.slowest for clerk in clerks),
        "mails": len(mails),
        "mails doubled": doubled,
        "seconds to quiet": seconds_since(began),
    }
    record_property("figures", figures)
    sys.stdout.write(f"{figures}\n")
    assert [clerk.surprises for clerk in clerks] == [[], []]
    assert_orders_exist_once(shop, acknowledged)
    assert_each_mail_was_sent(deploy, acknowledged)
    assert_invoices_are_complete(shop, acknowledged)
    worker_kills = formation.kills["celery child"] + formation.kills["celery main"]
    assert doubled <= worker_kills * SENDERS


def assert_orders_exist_once(shop: Shop, acknowledged: dict[str, int]) -> None:
    with shop.deploy.orm():
        stored = dict(Order.objects.values_list("idempotency_key", "number"))

    assert stored == acknowledged
    assert sorted(acknowledged.values()) == list(range(1, len(stored) + 1))


def assert_each_mail_was_sent(deploy: Deploy, acknowledged: dict[str, int]) -> None:
    """One receipt, one note of shipment and one invoice for each order; each message has one id."""
    ids_by_recipient: dict[str, set[str]] = {}
    for message in deploy.mail.received:
        ids_by_recipient.setdefault(message["To"], set()).add(message["Message-ID"])
    templates = deploy.database.ask(
        "SELECT recipient, array_agg(template ORDER BY template) FROM notifications_outgoingemail"
        " WHERE sent_at IS NOT NULL GROUP BY recipient"
    )

    expected = ["order_invoiced", "order_placed", "order_shipped"]
    assert {key: found for key, found in templates if found != expected} == {}
    assert set(ids_by_recipient) == {f"{key}@customer.example" for key in acknowledged}
    assert {len(ids) for ids in ids_by_recipient.values()} == {len(expected)}


def assert_invoices_are_complete(shop: Shop, acknowledged: dict[str, int]) -> None:
    with shop.deploy.orm():
        invoices = list(
            Invoice.objects.values_list("number", "order__number", "document__file__key")
        )

    assert sorted(int(number) for number, _, _ in invoices) == list(range(1, len(acknowledged) + 1))
    assert {order for _, order, _ in invoices} == set(acknowledged.values())
    assert {key for _, _, key in invoices} == shop.deploy.bucket.keys()


@pytest.mark.parametrize("fault", ["killed", "frozen"])
def test_orders_are_taken_at_once_while_valkey_is(
    fault: str, formation: Formation, shop: Shop
) -> None:
    deploy = formation.deploy
    if fault == "killed":
        deploy.valkey.kill()
    else:
        deploy.valkey.signal(signal.SIGSTOP)
    seconds = []

    for turn in range(10):
        began = time.monotonic()
        assert shop.order(formation.web.port, email=f"{turn}@customer.example").status == 201
        seconds.append(seconds_since(began))
    if fault == "killed":
        deploy.valkey.start()
    else:
        deploy.valkey.signal(signal.SIGCONT)
    wait_for_quiet(formation)

    # The first request of a web process loads its code, and a busy machine may delay another;
    # Valkey would delay them all, by as long as it stays away.
    assert median(seconds) < 1, seconds
    recipients = Counter(message["To"] for message in deploy.mail.received)
    assert recipients == {f"{turn}@customer.example": 1 for turn in range(10)}
