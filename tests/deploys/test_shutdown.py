"""Factor IX in the deploys: the time a process takes to end is less than the platform gives."""

import gc
import runpy
from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_django import Settings

from config.celery import WorkerSettings
from config.environment import Environment
from tests.deploys import platforms
from tests.deploys.platforms import Process

FORMATIONS = platforms.formations()
PROCESSES = [(platform, name) for platform, one in FORMATIONS.items() for name in one]

# A soft shutdown of ten seconds was measured to end within twelve.
MARGIN_SECONDS = 5


def fits(process: Process, own_seconds: int) -> bool:
    return own_seconds + MARGIN_SECONDS <= process.grace


def told(process: Process) -> int:
    """Return the grace that the process is told it has."""
    return int(process.named.get("SHUTDOWN_GRACE_SECONDS") or 30)


def gunicorn(grace: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    laptop = {one.name: one.metadata["example"] for one in fields(Environment)}
    for name, value in {**laptop, "SHUTDOWN_GRACE_SECONDS": str(grace)}.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(platforms.ROOT / "config" / "gunicorn.py"))


@pytest.mark.parametrize(("platform", "name"), PROCESSES)
def test_a_process_is_told_no_more_time_than_it_has(platform: str, name: str) -> None:
    process = FORMATIONS[platform][name]

    assert told(process) <= process.grace


@pytest.mark.parametrize("platform", FORMATIONS)
def test_web_ends_in_time(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    web = FORMATIONS[platform]["web"]

    assert fits(web, gunicorn(told(web), monkeypatch)["graceful_timeout"])


@pytest.mark.parametrize("platform", FORMATIONS)
def test_a_worker_ends_in_time(platform: str, settings: Settings) -> None:
    worker = FORMATIONS[platform]["worker"]
    settings.SHUTDOWN_GRACE_SECONDS = told(worker)

    assert fits(worker, WorkerSettings().worker_soft_shutdown_timeout)


def test_a_platform_that_is_too_hasty_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    document = platforms.load("fly.toml") | {"kill_timeout": "50s"}
    web = platforms.fly(document, "")["web"]

    assert not fits(web, gunicorn(told(web), monkeypatch)["graceful_timeout"])


def test_gunicorn_keeps_a_connection_longer_than_the_router_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Heroku's keeps one for 90 seconds; who closes first loses the request under way.
    assert gunicorn(30, monkeypatch)["keepalive"] > 90


def test_a_fly_machine_is_asked_to_end_and_not_interrupted() -> None:
    assert platforms.load("fly.toml")["kill_signal"] == "SIGTERM"


def test_a_web_process_sets_apart_once_what_it_has_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = gunicorn(30, monkeypatch)
    worker = SimpleNamespace(nr=settings["LOADED_AFTER"] - 1)
    counts = []
    try:
        for _ in range(3):
            settings["post_request"](worker, None, None, None)
            counts.append(gc.get_freeze_count())
            worker.nr += 1
    finally:
        gc.unfreeze()

    assert counts[0] < 1000 < counts[1]
    assert counts[2] <= counts[1]
