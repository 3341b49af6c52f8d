"""A worker outlives its broker, whatever it was just given."""

import os
import signal

from tests.processes.running import wait_until
from tests.processes.services import Valkey
from tests.processes.shops import Shop


def test_a_worker_holding_a_message_goes_on_when_valkey_is_killed(shop: Shop) -> None:
    """It has taken one message that no child began, and waits for the next."""
    deploy = shop.deploy
    web, worker, scheduler = deploy.web(), deploy.worker(WORKER_CONCURRENCY="2"), deploy.scheduler()
    wait_until(lambda: deploy.database.ask("SELECT 1 FROM events_delivery"), what="it has jobs")
    deploy.wait_until_quiet()
    before = hints(deploy.valkey)
    children = worker.children()
    for child in children:
        os.kill(child, signal.SIGSTOP)
    assert shop.order(web.port, email="customer@customer.example").status == 201
    wait_until(lambda: hints(deploy.valkey) > before, what="a hint was published")
    wait_until(lambda: waits_for_messages(deploy.valkey), what="the worker has taken it")

    deploy.valkey.kill()
    worker.says("consumer: Connection to broker lost")
    deploy.valkey.start()
    for child in children:
        os.kill(child, signal.SIGCONT)
    deploy.let_time_pass()
    deploy.wait_until_quiet()

    assert worker.is_running()
    assert scheduler.is_running()
    assert [message["To"] for message in deploy.mail.received] == ["customer@customer.example"]


def hints(valkey: Valkey) -> int:
    return int(valkey.ask("INFO", "commandstats")["cmdstat_lpush"]["calls"])


def waits_for_messages(valkey: Valkey) -> bool:
    """Whether a worker has read whatever Valkey gave it, and asked for more."""
    return bool(valkey.ask("INFO", "clients")["blocked_clients"] == 1)
