"""
Kill whoever was asking the provider, between its success and our commit.

The provider is another process's memory with a ledger of its own; in the end both ledgers agree.
"""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.payments.provider import WEBHOOK_SECRET, CardServer, running, signed
from tests.processes.deploys import Answer, Deploy, Web, ask
from tests.processes.running import Process, wait_until
from tests.processes.shops import Shop
from tests.twelve_factors.browsers import Browser

OURS = """
    SELECT provider_ref, authorized, captured, refunded FROM payments_payment
    WHERE provider = 'stripe' ORDER BY id
"""
HAPPENED = "SELECT count(*) FROM events_event WHERE type = %s"
# Longer than a killed process needs to be gone; the call itself is done at once.
HELD = 4.0


@pytest.fixture
def cards() -> Iterator[CardServer]:
    with running() as (server, address):
        server.slowness = HELD
        server.address = address
        yield server


class Till:
    """A deploy that takes cards, and an order that waits to be paid in it."""

    def __init__(self, deploy: Deploy, shop: Shop, cards: CardServer) -> None:
        self.deploy, self.shop, self.cards = deploy, shop, cards
        self.variables = {
            "STRIPE_SECRET_KEY": "sk_test",
            "STRIPE_PUBLISHABLE_KEY": "pk_test",
            "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "STRIPE_API_BASE": cards.address,
        }
        self.web: Web = deploy.web(**self.variables)
        self.number = shop.order(self.web.port).json()["number"]

    def worker(self) -> Process:
        return self.deploy.worker(**self.variables, WORKER_CONCURRENCY="1")

    def post(self, path: str, body: dict[str, Any], key: str) -> Answer:
        return ask(
            self.web.port,
            f"/api/v1/orders/{self.number}/{path}",
            method="POST",
            body=json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.shop.api_key}",
                "Content-Type": "application/json",
                "Idempotency-Key": key,
            },
        )

    def pay(self) -> dict[str, Any]:
        """The customer opens the link and pays; nobody has told us yet. Returns the webhook."""
        link = self.post("checkout-link", {}, "link").json()["url"]
        path = urlsplit(link).path
        browser = Browser()
        browser.get(self.web, path)
        begun = browser.post(self.web, f"{path}begin/")
        assert begun.status == 200, begun.body
        return self.cards.pay(next(iter(self.cards.intents)))

    def tell(self, event: dict[str, Any]) -> int:
        message = signed(event)
        return ask(
            self.web.port,
            "/webhooks/stripe/",
            method="POST",
            body=message["data"].encode(),
            headers={
                "Content-Type": "application/json",
                "Stripe-Signature": message["headers"]["Stripe-Signature"],
            },
        ).status

    def our_ledger(self) -> dict[str, tuple[int, ...]]:
        return {row[0]: tuple(row[1:]) for row in self.deploy.database.ask(OURS)}

    def times(self, event: str) -> int:
        return int(self.deploy.database.ask(HAPPENED, event)[0][0])

    @contextmanager
    def killing(self, worker: Process, path: str) -> Iterator[None]:
        """Kill a worker and its children after the provider acted, before it could answer."""
        before = len(self.cards.calls)
        self.cards.break_next("slow", path)
        yield
        wait_until(
            lambda: any(path in call for call in self.cards.calls[before:]),
            what=f"the provider is asked for {path}",
        )
        children = worker.children()
        worker.kill()
        for child in children:
            kill_if_there(child)

    def settle(self) -> None:
        self.deploy.let_time_pass()
        self.deploy.manage("reconcile_payments", **self.variables)
        wait_until(
            lambda: self.our_ledger() == self.cards.ledger(), what="both ledgers say the same"
        )


def kill_if_there(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def test_money_is_taken_once_and_returned_once_whoever_is_killed(
    deploy: Deploy, shop: Shop, cards: CardServer
) -> None:
    """A5: the webhook comes twice, and the worker that looks at it is killed in between."""
    till = Till(deploy, shop, cards)
    deploy.scheduler()
    worker = till.worker()
    event = till.pay()

    with till.killing(worker, "payment_intents"):
        assert [till.tell(event), till.tell(event)] == [200, 200]
    assert till.times("order.captured") == 0
    worker = till.worker()
    till.settle()
    deploy.wait_until_quiet()
    assert (till.times("order.captured"), till.times("order.paid")) == (1, 1)

    with till.killing(worker, "refunds"):
        assert till.post("refunds", {"amount": 1000, "reason": "Late"}, "back").status < 300
    assert till.times("order.refunded") == 0
    till.worker()
    till.settle()
    deploy.wait_until_quiet()

    assert till.post("refunds", {"amount": 1000, "reason": "Late"}, "back").status == 200
    assert till.times("order.refunded") == 1
    assert [sums[2] for sums in cards.ledger().values()] == [1000]
