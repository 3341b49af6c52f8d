"""Factor IV: a backing service is a URL. Another URL is another service, and nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.conftest import Deploys
from tests.processes.deploys import Deploy
from tests.processes.running import Process
from tests.processes.services import LOOPBACK, TlsFront, free_port
from tests.processes.shops import Shop, open_shop


@pytest.fixture
def shops(deploys: Deploys) -> list[Shop]:
    return [open_shop(deploys.new(purpose)) for purpose in ("here", "there")]


@pytest.fixture
def tls(deploy: Deploy, tmp_path: Path) -> Iterator[TlsFront]:
    front = TlsFront(tmp_path, to=deploy.valkey.port)
    front.start()
    yield front
    front.stop()


def test_two_deploys_of_one_build_share_nothing_but_the_build(shops: list[Shop]) -> None:
    services = {"DATABASE_URL", "REDIS_URL", "EMAIL_URL", "AWS_STORAGE_BUCKET_NAME", "SECRET_KEY"}
    here, there = (shop.deploy for shop in shops)
    webs = [deploy.web() for deploy in (here, there)]
    for deploy in (here, there):
        deploy.start("worker")
        deploy.start("scheduler")

    for shop, web, name in zip(shops, webs, ("anna", "ben"), strict=True):
        number = shop.order(web.port, email=f"{name}@customer.example").json()["number"]
        with shop.deploy.orm():
            shop.pay_and_ship(number)
    for deploy in (here, there):
        deploy.wait_until_quiet()

    assert here.folder == there.folder
    assert {
        name for name, one in here.variables.items() if there.variables[name] != one
    } == services
    assert [{mail["To"] for mail in deploy.mail.received} for deploy in (here, there)] == [
        {"anna@customer.example"},
        {"ben@customer.example"},
    ]
    assert [len(deploy.bucket.keys()) for deploy in (here, there)] == [1, 1]
    emails = [deploy.database.ask("SELECT email FROM orders_order") for deploy in (here, there)]
    assert emails == [[("anna@customer.example",)], [("ben@customer.example",)]]


def test_moving_to_another_service_is_a_restart_with_another_url(
    deploys: Deploys, shops: list[Shop]
) -> None:
    """The same data, moved: web forgets the old mail server and the old Valkey at its restart."""
    old, new = shops[0].deploy, shops[1].deploy
    moved = {"REDIS_URL": new.valkey.url, "EMAIL_URL": new.mail.url}
    old.valkey.kill()

    web = old.web(**moved)
    old.start("worker", **moved)
    old.start("scheduler", **moved)
    answer = shops[0].order(web.port, email="carl@customer.example")
    old.wait_until_quiet()

    assert answer.status == 201
    assert old.mail.to("carl@customer.example") == []
    assert len(new.mail.to("carl@customer.example")) == 1


def test_orders_are_taken_when_nothing_but_the_database_answers(deploy: Deploy, shop: Shop) -> None:
    nobody = {
        "REDIS_URL": f"redis://{LOOPBACK}:{free_port()}/0",
        "EMAIL_URL": f"smtp://{LOOPBACK}:{free_port()}",
        "AWS_ENDPOINT_URL_S3": f"http://{LOOPBACK}:{free_port()}",
    }
    web = deploy.web(**nobody)

    answers = [shop.order(web.port) for _ in range(3)]

    assert [answer.status for answer in answers] == [201, 201, 201]
    assert web.ask("/health/ready").status == 200


# Every client that speaks to Redis, asked past the caches' habit of going on without it.
CLIENTS = """
import json, redis
from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from config.celery import app

def broker():
    with app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, interval_start=0)
        connection.default_channel.client.ping()

clients = {
    "broker": broker,
    "cache": lambda: RedisCache.get(caches["default"], "key"),
    "sessions": lambda: RedisCache.get(caches["sessions"], "key"),
    "redis-py": lambda: redis.Redis.from_url(settings.REDIS_URL).ping(),
}
found = {}
for name, client in clients.items():
    try:
        client()
        found[name] = "connected"
    except Exception as error:
        words = repr(error) + repr(error.__context__)
        found[name] = "refused" if "CERTIFICATE_VERIFY_FAILED" in words else words
print("REPORT" + json.dumps(found))
"""


@pytest.mark.parametrize(
    ("verified_by", "outcome"),
    [("nothing said", "refused"), ("none", "connected"), ("our authority", "connected")],
)
def test_every_client_verifies_tls_unless_told_otherwise(
    verified_by: str, outcome: str, deploy: Deploy, tls: TlsFront
) -> None:
    told = {
        "nothing said": {},
        "none": {"REDIS_SSL_CERT_REQS": "none"},
        "our authority": {"REDIS_SSL_CA_CERTS": str(tls.authority)},
    }[verified_by]

    done = deploy.manage(
        *("shell", "--no-imports", "-c", CLIENTS),
        **told,
        REDIS_URL=f"rediss://{LOOPBACK}:{tls.port}/0",
    )

    found = json.loads(done.stdout.partition("REPORT")[2] or done.stderr)
    assert found == dict.fromkeys(["broker", "cache", "sessions", "redis-py"], outcome)


def test_a_worker_and_a_scheduler_work_over_tls(deploy: Deploy, shop: Shop, tls: TlsFront) -> None:
    over_tls = {
        "REDIS_URL": f"rediss://{LOOPBACK}:{tls.port}/0",
        "REDIS_SSL_CA_CERTS": str(tls.authority),
    }
    web = deploy.web(**over_tls)
    processes: list[Process] = [deploy.worker(**over_tls), deploy.scheduler(**over_tls)]

    shop.order(web.port, email="tess@customer.example")
    deploy.wait_until_quiet()

    assert len(deploy.mail.to("tess@customer.example")) == 1
    assert all(process.is_running() for process in processes)
