"""Processes that are started, followed, started again when they die, and stopped together."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

CHILD = Path(__file__).with_name("child.py")
NAP = 0.05
READY_WITHIN = 60.0
RESTART_AFTER = 1.0
RESTART_AFTER_AT_MOST = 10.0
# A process that lived this long did not die of the way it was started.
HEALTHY_AFTER = 5.0
TELLING = "error|fatal|could not|cannot|no space|denied|in use|terminated by"


class Problem(Exception):
    """Why we cannot go on, in one sentence for the person at the terminal."""


class Stopped(Exception):
    """Somebody asked us to end."""


class Stop:
    """Ctrl-C, SIGTERM or a closed terminal, noted here and acted upon between two naps."""

    def __init__(self) -> None:
        self.times_asked = 0
        self.reason = 0

    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda asked, _: self.note(asked))

    def note(self, number: int) -> None:
        self.times_asked += 1
        self.reason = number

    def nap(self) -> None:
        if self.times_asked:
            raise Stopped
        time.sleep(NAP)


stop = Stop()


def say(name: str, line: str) -> None:
    # A closed terminal must not stop anybody from reading on what a process writes.
    with suppress(OSError):
        sys.stdout.write(f"{name:<9} | {line}\n")
        sys.stdout.flush()


@dataclass(kw_only=True)
class Process:
    name: str
    command: list[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path | None = None  # None: the terminal, each line behind the name.
    end_signal: signal.Signals = signal.SIGTERM
    not_root_in: Path | None = None
    pause: float = RESTART_AFTER / 2
    started_at: float = 0
    again_at: float | None = None
    running: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        # Only the main thread may do this: the kernel takes the end of a thread for that of us all.
        child = [sys.executable, "-I", "-S", str(CHILD), str(int(self.end_signal))]
        output: int | IO[bytes] = self.log.open("ab") if self.log else subprocess.PIPE
        self.running = subprocess.Popen(
            [*child, str(self.not_root_in or ""), *self.command],
            cwd=self.folder,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # A Ctrl-C reaches us alone, and we decide who ends first.
            start_new_session=True,
        )
        self.started_at, self.again_at = time.monotonic(), None
        if isinstance(output, int):
            threading.Thread(target=self._copy_lines, args=[self.running], daemon=True).start()
        else:
            output.close()

    def exit_code(self) -> int | None:
        """Return how it ended, negative for a signal, or None while it runs."""
        if self.running is None or self.running.returncode is not None:
            return 0 if self.running is None else self.running.returncode
        look = os.WEXITED | os.WNOHANG | os.WNOWAIT
        if os.waitid(os.P_PID, self.running.pid, look) is None:
            return None
        # Until it is reaped the number of its group is its own, so this reaches its children only.
        self.kill()
        return self.running.wait()

    def ask_to_end(self) -> None:
        if self.running and self.exit_code() is None:
            self.running.send_signal(self.end_signal)

    def kill(self) -> None:
        if self.running and self.running.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.running.pid, signal.SIGKILL)

    def revive(self) -> None:
        """Start it again a second after it died; later and later if it keeps dying at once."""
        code, now = self.exit_code(), time.monotonic()
        if code is None:
            return
        if self.again_at is None:
            self.again_at = now + self._next_pause(now)
            seconds = f"{self.pause:.0f} second{'s' if self.pause > 1 else ''}"
            say(self.name, f"{how_it_ended(code)}; starting it again in {seconds}{self._seen()}")
        elif now >= self.again_at:
            self.start()

    def last_words(self) -> str:
        """Return the line of its log that most likely says why it ended."""
        if self.log is None:
            return "its last words are above."
        lines = [line.strip() for line in self.log.read_text(errors="replace").splitlines()]
        telling = [line for line in lines if re.search(TELLING, line, re.IGNORECASE)]
        # The first complaint is the cause, and later ones its consequences.
        words = next(iter(telling or [line for line in lines if line]), "it said nothing")
        return f"{words} (its log: {self.log})"

    def _next_pause(self, now: float) -> float:
        was_healthy = now - self.started_at >= HEALTHY_AFTER
        longer = min(self.pause * 2, RESTART_AFTER_AT_MOST)
        self.pause = RESTART_AFTER if was_healthy else longer
        return self.pause

    def _seen(self) -> str:
        return f" (its log: {self.log})" if self.log else ""

    def _copy_lines(self, running: subprocess.Popen[bytes]) -> None:
        assert running.stdout  # noqa: S101 - it is a pipe
        with running.stdout:
            for line in running.stdout:
                say(self.name, line.decode(errors="replace").rstrip("\n"))


def how_it_ended(code: int) -> str:
    return f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def finish(process: Process) -> int:
    """Run it to its end, and end it first if we are asked to stop."""
    process.start()
    try:
        while (code := process.exit_code()) is None:
            stop.nap()
    except Stopped:
        stop_all([process], patience=10)
        raise
    return code


def wait_until(is_ready: Callable[[], bool], process: Process) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not is_ready():
        if process.exit_code() is not None or time.monotonic() > deadline:
            raise Problem(f"{process.name} did not start: {process.last_words()}")
        stop.nap()


def stop_all(processes: list[Process], *, patience: float, hurry: bool = False) -> None:
    """Ask all at once, kill who is left when patience ends, or on a second Ctrl-C if we hurry."""
    for process in processes:
        process.ask_to_end()
    deadline = time.monotonic() + patience
    while any(one.exit_code() is None for one in processes) and time.monotonic() < deadline:
        if hurry and stop.times_asked > 1:
            break
        time.sleep(NAP)
    for process in processes:
        process.kill()
