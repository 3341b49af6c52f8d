"""Real processes: started as the platform would, heard line by line, ended or killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

PATIENCE = 30.0
# Lets a process end with us, so that a test run that is killed leaves nothing behind.
CHILD = Path(__file__).resolve().parents[2] / "bin" / "child.py"

type Line = dict[str, Any]


def wait_until[T](question: Callable[[], T], *, within: float = PATIENCE, what: str = "") -> T:
    """Ask until the answer is a true one, and return it."""
    deadline = time.monotonic() + within
    while not (answer := question()):
        assert time.monotonic() < deadline, f"not within {within:.0f} s: {what or question}"
        time.sleep(0.02)
    return answer


class Process:
    """A process that runs, and what it has said so far."""

    def __init__(self, command: str, *, folder: Path, variables: Mapping[str, str]) -> None:
        self.command = command
        self.lines: list[str] = []
        self.complaints: list[str] = []
        self.started_at = time.monotonic()
        end_with_us = [sys.executable, "-I", "-S", str(CHILD), str(int(signal.SIGKILL)), ""]
        self.running = subprocess.Popen(
            [*end_with_us, "/bin/sh", "-c", command],
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.running.stdout
        assert self.running.stderr
        self._listeners = [
            threading.Thread(target=_listen, args=heard, daemon=True)
            for heard in (
                (self.running.stdout, self.lines),
                (self.running.stderr, self.complaints),
            )
        ]
        for listener in self._listeners:
            listener.start()

    @property
    def pid(self) -> int:
        return self.running.pid

    def said(self, event: str, **fields: object) -> list[Line]:
        """Return the log lines that begin with this event and carry these fields."""
        lines = [json.loads(line) for line in list(self.lines) if line.startswith("{")]
        return [
            line
            for line in lines
            if line["event"].startswith(event) and fields.items() <= line.items()
        ]

    def says(self, event: str, *, within: float = PATIENCE, **fields: object) -> Line:
        """Wait for such a line and return the first."""
        what = f"{event} {fields} from {self.command}"
        return wait_until(lambda: self.said(event, **fields), within=within, what=what)[0]

    def children(self) -> list[int]:
        return children_of(self.pid)

    def is_running(self) -> bool:
        return self.running.poll() is None

    def end(self, number: signal.Signals = signal.SIGTERM, *, within: float = PATIENCE) -> int:
        """Ask it to end, and return how it did."""
        self.running.send_signal(number)
        return self.join(within=within)

    def join(self, *, within: float = PATIENCE) -> int:
        code = self.running.wait(within)
        for listener in self._listeners:
            listener.join(within)
        return code

    def kill(self) -> None:
        """kill -9 of it and of whoever it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.join()


def children_of(pid: int) -> list[int]:
    with suppress(FileNotFoundError, ProcessLookupError):
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    return []


def _listen(stream: IO[str], heard: list[str]) -> None:
    with stream:
        heard.extend(line.rstrip("\n") for line in stream)


class OpenFile(NamedTuple):
    """What one descriptor of a process leads to, and the octal flags it was opened with."""

    target: str
    flags: int


def open_files(pid: int) -> Iterator[OpenFile]:
    """Yield what a process holds open. What it closes while we look, it does not hold."""
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            info = Path(f"/proc/{pid}/fdinfo/{link.name}").read_text()
            flags = int(info.partition("flags:")[2].split()[0], 8)
            yield OpenFile(str(link.readlink()), flags)
