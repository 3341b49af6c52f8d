"""A small project of its own around a copy of bin/, so that no test depends on another app."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

BIN = Path(__file__).resolve().parents[2] / "bin"
PATIENCE = 30
PORTS = ("PORT", "POSTGRES_PORT", "VALKEY_PORT", "S3_PORT", "SMTP_PORT", "STRIPE_PORT")
# Whoever sets these has services of their own.
NAMED = {
    "DATABASE_URL": "postgresql://db.example/theirs",
    "REDIS_URL": "redis://redis.example/0",
    "AWS_ENDPOINT_URL_S3": "http://s3.example",
    "EMAIL_URL": "smtp://mail.example",
}
PROCFILE = """
release: exec python manage.py migrate
web: exec python manage.py web
worker: exec python manage.py worker
scheduler: exec python manage.py scheduler
"""
MANAGE = """
import http.server, os, pathlib, signal, socket, sys

def mail_answers():
    try:
        socket.create_connection(("127.0.0.1", int(os.environ["SMTP_PORT"]))).close()
    except OSError:
        return False
    return True

def end(*_):
    print("ends; does mail answer?", mail_answers())
    sys.exit()

def stay():
    signal.signal(signal.SIGTERM, end)
    print("runs as process", os.getpid())

command = sys.argv[1]
if command == "web":
    stay()
    address = ("127.0.0.1", int(os.environ["PORT"]))
    http.server.HTTPServer(address, http.server.SimpleHTTPRequestHandler).serve_forever()
if command in ("worker", "scheduler"):
    stay()
    while True:
        signal.pause()
if command == "collectstatic":
    pathlib.Path("staticfiles").mkdir(exist_ok=True)
    pathlib.Path("staticfiles/staticfiles.json").touch()
print("did", command, "with", os.environ.get("EMAIL_URL"))
sys.exit(command == os.environ.get("FAILING"))
"""


UP = [sys.executable, "bin/up.py"]


class Running:
    """A bin/up that runs, and what it has said so far."""

    def __init__(self, command: list[str], root: Path, environment: dict[str, str]) -> None:
        self.said, self.ended = "", False
        self.heard = threading.Condition()
        self.process = subprocess.Popen(
            command,
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()

    def says(self, pattern: str, *, times: int = 1) -> re.Match[str]:
        """Wait until it has said this, and return where it did so last."""
        with self.heard:
            self.heard.wait_for(lambda: self._count(pattern) >= times or self.ended, PATIENCE)
            assert self._count(pattern) >= times, f"{pattern!r} is missing in:\n{self.said}"
            return list(re.finditer(pattern, self.said))[-1]

    def number(self, name: str) -> int:
        return int(self.says(rf"{name} +\| runs as process (\d+)")[1])

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self.listener.join(PATIENCE)
        return code

    def _count(self, pattern: str) -> int:
        return len(re.findall(pattern, self.said))

    def _listen(self) -> None:
        assert self.process.stdout
        with self.process.stdout:
            for line in self.process.stdout:
                with self.heard:
                    self.said += line
                    self.heard.notify_all()
        with self.heard:
            self.ended = True
            self.heard.notify_all()


class Copy:
    """One checkout with ports of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ports = free_ports()
        self.started: list[Running] = []
        shutil.copytree(BIN, root / "bin", ignore=shutil.ignore_patterns("__pycache__"))
        (root / "Procfile").write_text(PROCFILE)
        (root / "manage.py").write_text(MANAGE)
        (root / "requirements.txt").touch()

    @property
    def data(self) -> Path:
        return self.root / ".dozen" / "dev"

    def environment(self, **variables: str) -> dict[str, str]:
        programs = f"{Path(sys.executable).parent}:{os.defpath}"
        return {"PATH": programs, "PYTHONDONTWRITEBYTECODE": "1", **self.ports, **variables}

    def up(self, *arguments: str, **variables: str) -> Running:
        self.started.append(Running([*UP, *arguments], self.root, self.environment(**variables)))
        return self.started[-1]

    def end(self) -> None:
        for running in self.started:
            running.end()

    def refused(self, *arguments: str, **variables: str) -> str:
        """Return the sentence with which bin/up, and nothing but one sentence, declined."""
        done = subprocess.run(
            [*UP, *arguments],
            cwd=self.root,
            env=self.environment(**variables),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
        return done.stderr.strip()


def free_ports() -> dict[str, str]:
    with ExitStack() as held:
        taken = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in PORTS]
        return {name: str(one.getsockname()[1]) for name, one in zip(PORTS, taken, strict=True)}


def comes_true(claim: Callable[[], bool]) -> bool:
    """Ask for a while; what other programs do is seen only by looking again."""
    deadline = time.monotonic() + PATIENCE
    while not claim() and time.monotonic() < deadline:
        time.sleep(0.02)
    return claim()


def answers(port: str) -> bool:
    try:
        socket.create_connection(("127.0.0.1", int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def is_alive(process: int) -> bool:
    """Return whether it runs; one that nobody has reaped yet does not."""
    asked = ["ps", "-o", "stat=", "-p", str(process)]
    state = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return not state.startswith("Z") and bool(state)
