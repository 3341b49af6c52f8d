"""
Deploys of this code: one build, any number of them, each made different by its variables alone.

A build is a copy, so that nobody edits what runs, and what runs cannot write into the repository.
"""

import atexit
import http.client
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import boto3
from django.db import connections
from pytest_django import DjangoDbBlocker

from tests.processes.running import PATIENCE, Process, wait_until
from tests.processes.services import GIVEN, LOOPBACK, Database, MailServer, Valkey, free_port

ROOT = Path(__file__).resolve().parents[2]
PATH = f"{Path(sys.executable).parent}:{os.defpath}"
CODE = ("apps", "config", "manage.py", "Procfile")
COMMIT = "5eed0fac0de5eed0fac0de5eed0fac0de5eed0fa"


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def cookies(self) -> list[str]:
        return self.headers.get_all("Set-Cookie", [])

    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    port: int,
    path: str,
    *,
    method: str = "GET",
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Send one request on a connection of its own. Raises OSError if nobody answers."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=PATIENCE)
    try:
        connection.request(method, path, body, {"Host": "localhost", **(headers or {})})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    except http.client.HTTPException as problem:
        raise ConnectionError(str(problem)) from problem
    finally:
        connection.close()


def procfile(folder: Path) -> dict[str, str]:
    text = (folder / "Procfile").read_text(encoding="utf-8")
    return dict(re.findall(r"^(\w+):\s*(.+)$", text, re.MULTILINE))


def copy_code(folder: Path) -> None:
    for name in CODE:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    """Do what the build stage does, with no variable but PATH."""
    return subprocess.run(
        ["env", "-i", f"PATH={PATH}", "python", "manage.py", "collectstatic", "--no-input"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE * 2,
        check=False,
    )


@cache
def the_build() -> Path:
    """Return the folder of the one build of this test run."""
    folder = Path(tempfile.mkdtemp(prefix="dozen-build-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy_code(folder)
    done = build(folder)
    assert done.returncode == 0, done.stderr
    return folder


@cache
def _migrated() -> Database:
    """Return a database that a release has migrated, to be copied."""
    database = Database("released")
    database.create()
    atexit.register(database.drop)
    variables = {"PATH": PATH, **_shared(), "DATABASE_URL": database.url}
    release = Process(procfile(ROOT)["release"], folder=the_build(), variables=variables)
    assert release.join(within=PATIENCE * 2) == 0, release.complaints
    return database


def _shared() -> dict[str, str]:
    """Return variables that suit any deploy, with services that nobody reaches."""
    store = {
        name: getattr(GIVEN, name)
        for name in (
            *("AWS_ENDPOINT_URL_S3", "AWS_REGION", "AWS_ACCESS_KEY_ID"),
            *("AWS_SECRET_ACCESS_KEY", "AWS_STORAGE_BUCKET_NAME"),
        )
    }
    return {
        **{name: value for name, value in store.items() if value},
        "SECRET_KEY": secrets.token_urlsafe(48),
        "PUBLIC_BASE_URL": "http://localhost",
        "REDIS_URL": f"redis://{LOOPBACK}:1/0",
        "EMAIL_URL": f"smtp://{LOOPBACK}:1",
        "BUILD_COMMIT": COMMIT,
        "WEB_CONCURRENCY": "1",
        "WORKER_CONCURRENCY": "1",
    }


class Bucket:
    """A bucket in the store that the variables name."""

    def __init__(self) -> None:
        # Never the same name twice: some stores remember a bucket for a while after its end.
        self.name = f"dozen-test-{secrets.token_hex(6)}"
        self._store = boto3.client(
            "s3",
            endpoint_url=GIVEN.AWS_ENDPOINT_URL_S3 or None,
            region_name=GIVEN.AWS_REGION,
            aws_access_key_id=GIVEN.AWS_ACCESS_KEY_ID or None,
            aws_secret_access_key=GIVEN.AWS_SECRET_ACCESS_KEY or None,
        )

    def create(self) -> None:
        self._store.create_bucket(Bucket=self.name)

    def keys(self) -> set[str]:
        pages = self._store.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        return {one["Key"] for page in pages for one in page.get("Contents", [])}

    def remove(self) -> None:
        for key in self.keys():
            self._store.delete_object(Bucket=self.name, Key=key)
        self._store.delete_bucket(Bucket=self.name)
        self._store.close()


class Web(NamedTuple):
    process: Process
    port: int

    def ask(self, path: str, **request: Any) -> Answer:
        return ask(self.port, path, **request)

    def lives(self) -> bool:
        try:
            return self.ask("/health/live").status == 200
        except OSError:
            return False


class Deploy:
    """One build, services of its own, and the variables that tie them together."""

    def __init__(self, purpose: str, blocker: DjangoDbBlocker) -> None:
        self._blocker = blocker
        self._started: list[Process] = []
        self._attached = ExitStack()
        self.folder = the_build()
        self.database = Database(purpose)
        self.valkey = Valkey()
        self.mail = MailServer()
        self.bucket = Bucket()
        self.variables = {
            "PATH": PATH,
            **_shared(),
            "DATABASE_URL": self.database.url,
            "REDIS_URL": self.valkey.url,
            "EMAIL_URL": self.mail.url,
            "AWS_STORAGE_BUCKET_NAME": self.bucket.name,
        }

    def attach(self) -> None:
        """Bring the services up: empty ones, but for the tables."""
        self.database.create(like=_migrated())
        self._attached.callback(self.database.drop)
        self.valkey.start()
        self._attached.callback(self.valkey.kill)
        self.mail.start()
        self._attached.callback(self.mail.stop)
        self.bucket.create()
        self._attached.callback(self.bucket.remove)
        self._attached.callback(self.stop_processes)

    def start(self, name: str, **changes: str) -> Process:
        """Start a process by its name in the Procfile."""
        process = Process(
            procfile(self.folder)[name], folder=self.folder, variables=self.variables | changes
        )
        self._started.append(process)
        return process

    def web(self, **changes: str) -> Web:
        """Start a web process on a port of its own, and wait until it answers."""
        port = int(changes.pop("PORT", "") or free_port())
        web = Web(self.start("web", PORT=str(port), **changes), port)
        wait_until(web.lives, what=f"web answers; it said {web.process.complaints}")
        return web

    def worker(self, **changes: str) -> Process:
        """Start a worker, and wait until it takes messages."""
        worker = self.start("worker", **changes)
        wait_until(lambda: any("ready." in line for line in worker.lines), what="worker is ready")
        return worker

    def scheduler(self, **changes: str) -> Process:
        scheduler = self.start("scheduler", **changes)
        scheduler.says("scheduler_started")
        return scheduler

    def manage(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """Run an admin command as somebody would in a one-off process of this deploy."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.folder,
            env=self.variables | changes,
            capture_output=True,
            text=True,
            timeout=PATIENCE * 2,
            check=False,
        )

    @contextmanager
    def orm(self) -> Iterator[None]:
        """Lead the models of this test process to the deploy's database, in this thread."""
        with self._blocker.unblock():
            former = connections["default"]
            ours = connections.create_connection("default")
            ours.settings_dict = {**ours.settings_dict, "NAME": self.database.name}
            connections["default"] = ours
            try:
                yield
            finally:
                ours.close()
                connections["default"] = former

    def let_time_pass(self, seconds: int = 75) -> None:
        """
        Move everything that is owed into the past, instead of waiting that long.

        75 seconds end every lease; the database's clock is the only one that counts.
        """
        self.database.ask(
            "UPDATE events_delivery SET due_at = due_at - %s * interval '1 second',"
            " running_until = running_until - %s * interval '1 second'"
            " WHERE done_at IS NULL AND dead_at IS NULL",
            seconds,
            seconds,
        )

    def owed(self) -> int:
        """Return how much is not done yet."""
        found = self.database.ask(
            "SELECT (SELECT count(*) FROM events_event WHERE dispatched_at IS NULL)"
            " + (SELECT count(*) FROM events_delivery WHERE done_at IS NULL)"
        )
        return int(found[0][0])

    def what_is_owed(self) -> list[tuple[Any, ...]]:
        return self.database.ask(
            "SELECT reaction, attempts, last_error, due_at - now(), running_until - now()"
            " FROM events_delivery WHERE done_at IS NULL"
        )

    def wait_until_quiet(self, *, within: float = PATIENCE) -> None:
        wait_until(lambda: self.owed() == 0, within=within, what="everything owed is done")

    def stop_processes(self) -> None:
        for process in self._started:
            process.kill()
        self._started.clear()

    def forget_debts(self) -> None:
        """Leave to nobody what was owed, in the table or in Valkey."""
        self.valkey.kill()
        self.valkey.start()
        if self.database.ask("SELECT to_regclass('events_event')") != [(None,)]:
            self.database.ask("UPDATE events_event SET dispatched_at = now()")
            self.database.ask("DELETE FROM events_delivery WHERE done_at IS NULL")

    def stop(self) -> None:
        self._attached.close()


def seconds_since(moment: float) -> float:
    return round(time.monotonic() - moment, 2)
