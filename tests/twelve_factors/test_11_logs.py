"""Factor XI: every process writes one stream of events, in one shape, without secrets."""

import json
import os
import secrets

from tests.processes.deploys import Deploy
from tests.processes.services import LOOPBACK, free_port
from tests.processes.shops import PASSWORD, Shop
from tests.twelve_factors.browsers import Browser

REQUEST_ID = "order-of-a-teapot-0001"
SHAPE = {"timestamp", "level", "event", "logger"}

HANDLERS = """
import json, logging
from config.celery import app
app.loader.import_default_modules()
known = logging.root.manager.loggerDict.values()
loggers = [logging.root, *(one for one in known if isinstance(one, logging.Logger))]
found = [
    [one.name, type(handler).__name__, getattr(getattr(handler, "stream", None), "name", "")]
    for one in loggers
    for handler in one.handlers
    if not isinstance(handler, logging.NullHandler)
]
print("REPORT" + json.dumps(found))
"""

PLACE = """
from apps.accounts.models import Organization
from apps.orders import operations
operations.place_order(
    organization=Organization.objects.get(),
    buyer=operations.Buyer(email="ada@customer.example"),
    items=[operations.Item(None, 1, sku="LID", name="Lid")],
    placed_by=None,
)
"""


def misshapen(lines: list[str]) -> list[str]:
    """Return the lines that are not an event with a time, a level and a source."""
    return [line for line in lines if not _is_event(line)]


def _is_event(line: str) -> bool:
    try:
        event = json.loads(line)
    except ValueError:
        return False
    return isinstance(event, dict) and event.keys() >= SHAPE


def test_a_misshapen_line_is_found() -> None:
    good = json.dumps(dict.fromkeys(SHAPE, "x"))

    assert misshapen([good, "Booting worker", "{}", "[1]"]) == ["Booting worker", "{}", "[1]"]


def test_every_line_of_every_process_is_an_event(deploy: Deploy, shop: Shop) -> None:
    """From the first line to the last: start, work, an error, the end."""
    web = deploy.web()
    processes = {"web": web.process, "worker": deploy.worker(), "scheduler": deploy.scheduler()}
    shop.order(web.port, email="lena@customer.example")
    web.ask("/no/such/page")
    deploy.wait_until_quiet()
    deploy.valkey.kill()
    processes["worker"].says("consumer: Connection to broker lost")
    deploy.valkey.start()

    for process in processes.values():
        process.end()

    assert {name: misshapen(one.lines) for name, one in processes.items()} == {
        "web": [],
        "worker": [],
        "scheduler": [],
    }
    assert all(len(one.lines) > 1 for one in processes.values())
    assert web.process.complaints == processes["scheduler"].complaints == []
    # Celery warns whoever is root, past all logging.
    assert os.geteuid() == 0 or processes["worker"].complaints == []
    for process in processes.values():
        times = [json.loads(line)["timestamp"] for line in process.lines]
        assert all(time.endswith("Z") for time in times)


def test_an_admin_command_writes_the_same_shape(deploy: Deploy, shop: Shop) -> None:
    done = deploy.manage("shell", "--no-imports", "-c", PLACE)

    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert misshapen(lines) == []
    assert [json.loads(line)["event"] for line in lines] == ["order_placed"]
    assert done.stderr == ""


def test_one_id_follows_an_order_from_the_request_to_the_mail(deploy: Deploy, shop: Shop) -> None:
    web, worker = deploy.web(), deploy.worker()
    deploy.scheduler()

    answer = shop.order(web.port, email="ida@customer.example", request_id=REQUEST_ID)
    number = answer.json()["number"]
    deploy.wait_until_quiet()

    (order_id,) = deploy.database.ask("SELECT id FROM orders_order WHERE number = %s", number)[0]
    events = deploy.database.ask(
        "SELECT type FROM events_event WHERE request_id = %s ORDER BY id", REQUEST_ID
    )
    (mail,) = deploy.mail.to("ida@customer.example")
    assert answer.headers["X-Request-ID"] == REQUEST_ID
    assert web.process.says("request", request_id=REQUEST_ID, status=201, path="/api/v1/orders")
    assert web.process.says("order_placed", request_id=REQUEST_ID, order_id=order_id)
    assert events == [("order.placed",), ("email.queued",)]
    assert worker.says("delivery_done", request_id=REQUEST_ID, reaction="mail-receipt")
    assert worker.says("email_sent", request_id=REQUEST_ID)
    assert worker.says("delivery_done", request_id=REQUEST_ID, reaction="send-email")
    assert mail["X-Request-ID"] == REQUEST_ID
    # Nothing was kept in a buffer: whoever wrote these lines is still at work.
    assert web.process.is_running()
    assert worker.is_running()


def test_an_id_that_could_forge_a_line_is_replaced(deploy: Deploy, shop: Shop) -> None:
    web = deploy.web()

    answer = web.ask("/accounts/login/", headers={"X-Request-ID": 'x" , "level": "fake'})

    assert answer.headers["X-Request-ID"].isalnum()


def test_there_is_one_handler_and_it_is_stdout(deploy: Deploy) -> None:
    done = deploy.manage("shell", "--no-imports", "-c", HANDLERS)

    handlers = json.loads(done.stdout.partition("REPORT")[2])
    assert handlers == [["root", "StreamHandler", "<stdout>"]]


def test_no_secret_is_ever_said(deploy: Deploy, shop: Shop) -> None:
    """Typed, sent or given as a variable; in good times, and when every service refuses it."""
    typed, sent, mail, redis = (f"{kind}{secrets.token_hex(12)}" for kind in "tsmr")
    email_url = deploy.mail.url.replace("//", f"//desk:{mail}@")
    redis_url = f"redis://:{redis}@{LOOPBACK}:{free_port()}/0"
    web = deploy.web(REDIS_URL=redis_url, LOG_LEVEL="DEBUG")
    browser = Browser()

    assert browser.sign_in(web, shop.owner, typed).status == 200
    assert browser.sign_in(web, shop.owner, PASSWORD).status == 302
    web.ask("/api/v1/orders", headers={"Authorization": f"Bearer dz_{sent}"})
    shop.order(web.port, email="sam@customer.example")
    deaf = deploy.scheduler(REDIS_URL=redis_url, LOG_LEVEL="DEBUG")
    deaf.says("scheduler_broker_away")
    deaf.end()
    scheduler = deploy.scheduler(LOG_LEVEL="DEBUG")
    worker = deploy.worker(EMAIL_URL=email_url, LOG_LEVEL="DEBUG")
    worker.says("delivery_failed", reaction="send-email")

    said = "\n".join(
        line
        for one in (web.process, deaf, scheduler, worker)
        for line in one.lines + one.complaints
    )
    hidden = {
        "password": PASSWORD,
        "wrong password": typed,
        "API key": shop.api_key,
        "wrong API key": sent,
        "mail password": mail,
        "Redis password": redis,
        "SECRET_KEY": deploy.variables["SECRET_KEY"],
        "session": browser.cookies["sessionid"],
        "store key": deploy.variables.get("AWS_SECRET_ACCESS_KEY") or "none given",
    }
    assert {name for name, secret in hidden.items() if secret in said} == set()
