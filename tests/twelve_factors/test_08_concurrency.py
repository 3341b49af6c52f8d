"""Factor VIII: any number of each process type may run, and work is still done once."""

import shutil
from collections import Counter
from itertools import chain, pairwise
from pathlib import Path

import pytest

import tests.processes.short_clock
import tests.processes.short_jobs
from tests.processes.conftest import Deploys
from tests.processes.deploys import Deploy, procfile
from tests.processes.running import Process, wait_until
from tests.processes.shops import open_shop
from tests.twelve_factors.sources import ROOT

SLOTS = 40
PERIOD = tests.processes.short_jobs.JOBS["tick"].every
UNDONE = (
    "SELECT count(*) FROM events_jobrun AS run"
    " JOIN events_delivery AS delivery ON job_run_id = run.id"
    " WHERE slot <= %s AND done_at IS NULL"
)
RUNS = (
    "SELECT slot, count(DISTINCT run.id), count(delivery.id), min(attempts), max(attempts)"
    " FROM events_jobrun AS run JOIN events_delivery AS delivery ON job_run_id = run.id"
    " WHERE slot <= %s GROUP BY slot ORDER BY slot"
)


@pytest.fixture
def quick(tmp_path: Path) -> dict[str, str]:
    """Variables of a deploy whose clock ticks four times a second."""
    for module in (tests.processes.short_clock, tests.processes.short_jobs):
        assert module.__file__
        shutil.copy(module.__file__, tmp_path)
    return {"DJANGO_SETTINGS_MODULE": "short_clock", "PYTHONPATH": str(tmp_path)}


def done_by(workers: list[Process]) -> list[list[int]]:
    """Return the ids of the deliveries that each worker closed."""
    return [[line["delivery_id"] for line in one.said("delivery_done")] for one in workers]


def test_the_procfile_has_one_line_for_each_type() -> None:
    assert list(procfile(ROOT)) == ["release", "web", "worker", "scheduler"]


def test_two_schedulers_give_every_slot_to_one_worker_once(
    deploys: Deploys, quick: dict[str, str]
) -> None:
    deploy = deploys.new("clock")
    workers = [deploy.worker(**quick), deploy.worker(**quick)]
    schedulers = [deploy.scheduler(**quick), deploy.scheduler(**quick)]

    wait_until(lambda: sum(len(one.said("ticked")) for one in workers) >= SLOTS)
    codes = [scheduler.end() for scheduler in schedulers]
    last = deploy.database.ask("SELECT max(slot) FROM events_jobrun")[0][0]
    # What these two had opened and not handed over, a third one does.
    deploy.scheduler(**quick)
    wait_until(lambda: deploy.database.ask(UNDONE, last) == [(0,)])

    runs = deploy.database.ask(RUNS, last)
    slots = [run[0] for run in runs]
    ticks = Counter(line["slot"] for one in workers for line in one.said("ticked"))
    assert codes == [0, 0]
    assert len(slots) >= SLOTS
    assert {later - slot for slot, later in pairwise(slots)} == {PERIOD}
    assert {run[1:] for run in runs} == {(1, 1, 1, 1)}
    assert {slot: ticks[slot.isoformat()] for slot in slots} == dict.fromkeys(slots, 1)


def test_two_workers_share_what_is_due(deploys: Deploys) -> None:
    deploy = deploys.new("share")
    shop = open_shop(deploy)
    web = deploy.web()
    workers = [deploy.worker(), deploy.worker()]
    deploy.scheduler()
    orders = [f"{number}@customer.example" for number in range(20)]

    for email in orders:
        assert shop.order(web.port, email=email).status == 201
    deploy.wait_until_quiet()

    begun = deploy.database.ask("SELECT id FROM events_delivery WHERE attempts = 1")
    # The scheduler may begin another at any moment: those until now are waited for.
    wait_until(lambda: {row[0] for row in begun} <= {*chain(*done_by(workers))})
    closed = done_by(workers)
    assert all(closed)
    assert set(Counter(chain(*closed)).values()) == {1}
    assert Counter(mail["To"] for mail in deploy.mail.received) == dict.fromkeys(orders, 1)


def test_nobody_daemonizes_or_writes_his_number(deploy: Deploy) -> None:
    """Each stays the process that the platform started, so that it can be told to end."""
    started = {
        "web": deploy.web().process,
        "worker": deploy.worker(),
        "scheduler": deploy.scheduler(),
    }

    programs = {
        name: Path(f"/proc/{one.pid}/cmdline").read_text().replace("\0", " ")
        for name, one in started.items()
    }

    assert "gunicorn" in programs["web"]
    assert "celery" in programs["worker"]
    assert "manage.py run_scheduler" in programs["scheduler"]
    assert list(deploy.folder.rglob("*.pid")) == []
