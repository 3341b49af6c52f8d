"""Factor IX: processes start in seconds, end when asked, and may be killed without being asked."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg

from tests.processes.deploys import Deploy, seconds_since
from tests.processes.running import wait_until
from tests.processes.shops import Shop

# The platforms give thirty; ending an idle process takes a fraction.
SOON = 10.0

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"


@contextmanager
def slow_orders(deploy: Deploy) -> Iterator[None]:
    """Hold the stock, so that whoever orders waits."""
    with psycopg.connect(deploy.database.url) as connection:
        connection.execute("SELECT * FROM inventory_stocklevel FOR UPDATE")
        yield


def attempts(deploy: Deploy, reaction: str) -> list[tuple[int, bool]]:
    return [
        (row[0], row[1])
        for row in deploy.database.ask(
            "SELECT attempts, done_at IS NOT NULL FROM events_delivery WHERE reaction = %s"
            " ORDER BY id",
            reaction,
        )
    ]


def test_web_answers_within_seconds_of_its_start(
    deploy: Deploy, record_property: Callable[[str, object], None]
) -> None:
    web = deploy.web()

    seconds = seconds_since(web.process.started_at)

    record_property("seconds from start to the first 200", seconds)
    sys.stdout.write(f"From start to the first 200: {seconds} s\n")
    assert seconds < SOON


def test_web_finishes_the_request_it_is_at_when_asked_to_end(deploy: Deploy, shop: Shop) -> None:
    web = deploy.web()

    with ThreadPoolExecutor(1) as customer:
        with slow_orders(deploy):
            order = customer.submit(shop.order, web.port, email="late@customer.example")
            wait_until(lambda: deploy.database.ask(WAITING, deploy.database.name) == [(1,)])
            web.process.running.send_signal(signal.SIGTERM)
            asked_at = time.monotonic()
            web.process.says("Handling signal: term")
            assert not order.done()
        answer = order.result(SOON)
    code = web.process.join(within=SOON)

    assert answer.status == 201
    assert code == 0
    assert seconds_since(asked_at) < SOON


def test_a_worker_finishes_what_it_is_at_when_asked_to_end(deploy: Deploy, shop: Shop) -> None:
    # Celery waits all of what is left for tasks, here 13 - 10 seconds.
    web, worker = deploy.web(), deploy.worker(SHUTDOWN_GRACE_SECONDS="13")
    deploy.scheduler()

    with deploy.mail.holding() as somebody_waits:
        shop.order(web.port, email="wait@customer.example")
        assert somebody_waits.wait(SOON)
        worker.running.send_signal(signal.SIGTERM)
        worker.says("Initiating Soft Shutdown, terminating in 3 seconds")
    worker.join(within=SOON)

    assert attempts(deploy, "send-email")[-1] == (1, True)
    assert len(deploy.mail.to("wait@customer.example")) == 1


def test_a_killed_workers_delivery_is_done_by_another_after_its_lease(
    deploy: Deploy, shop: Shop
) -> None:
    web, worker = deploy.web(), deploy.worker()
    deploy.scheduler()

    with deploy.mail.holding() as somebody_waits:
        shop.order(web.port, email="twice@customer.example")
        assert somebody_waits.wait(SOON)
        worker.kill()
    other = deploy.worker()
    while_leased = attempts(deploy, "send-email")[-1]
    deploy.let_time_pass()
    deploy.wait_until_quiet()

    ids = [mail["Message-ID"] for mail in deploy.mail.to("twice@customer.example")]
    assert while_leased == (1, False)
    assert attempts(deploy, "send-email")[-1] == (2, True)
    assert other.says("delivery_done", reaction="send-email", attempts=2)
    # The first was taken by the mail server, but nobody lived to hear it: the same mail, twice.
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_a_killed_scheduler_leaves_no_event_behind(deploy: Deploy, shop: Shop) -> None:
    web, scheduler = deploy.web(), deploy.scheduler()
    deploy.worker()

    scheduler.kill()
    shop.order(web.port, email="patient@customer.example")
    waits = deploy.database.ask("SELECT count(*) FROM events_event WHERE dispatched_at IS NULL")
    deploy.scheduler()
    deploy.wait_until_quiet()

    assert waits == [(1,)]
    assert len(deploy.mail.to("patient@customer.example")) == 1


def test_everything_at_once_starts_and_ends_in_seconds(
    deploy: Deploy, record_property: Callable[[str, object], None]
) -> None:
    began = time.monotonic()
    processes = [deploy.web().process, deploy.worker(), deploy.scheduler()]
    started = seconds_since(began)

    began = time.monotonic()
    for process in processes:
        process.running.send_signal(signal.SIGTERM)
    codes = [process.join(within=SOON) for process in processes]
    ended = seconds_since(began)

    record_property("seconds to start and to end all three", (started, ended))
    sys.stdout.write(f"All three: started in {started} s, ended in {ended} s\n")
    assert codes == [0, 0, 0]
    assert started < 2 * SOON
    assert ended < SOON


def test_a_worker_at_work_stays_when_valkey_leaves_and_goes_on_when_it_is_back(
    deploy: Deploy, shop: Shop
) -> None:
    # Two children: the one that is free still listens to Valkey, so the worker hears it leave.
    web, worker = deploy.web(), deploy.worker(WORKER_CONCURRENCY="2")
    deploy.scheduler()

    with deploy.mail.holding() as somebody_waits:
        shop.order(web.port, email="before@customer.example")
        assert somebody_waits.wait(SOON)
        deploy.valkey.kill()
        worker.says("consumer: Connection to broker lost")
    deploy.valkey.start()
    shop.order(web.port, email="after@customer.example")
    wait_until(lambda: deploy.mail.to("after@customer.example"))

    assert worker.is_running()
    assert len(deploy.mail.to("before@customer.example")) == 1
