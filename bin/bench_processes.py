"""The processes that are measured: started as the Procfile says, and what each of them takes."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from checkout import ROOT
from processes import Process, stop_all
from up import read_procfile

TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def running(name: str) -> Iterator[Process]:
    process = Process(
        name=name,
        command=["/bin/sh", "-c", read_procfile()[name]],
        environment=os.environ,
        folder=ROOT,
        log=ROOT / os.environ["DOZEN_DATA"] / "logs" / f"{name}.log",
    )
    process.start()
    try:
        yield process
    finally:
        stop_all([process], patience=10)


def memory_of(process: Process) -> float | None:
    """Return the megabytes of a process and its children, shared pages by their share."""
    try:
        return sum(map(_proportional_share, _family(process)))
    except FileNotFoundError:
        return None  # Only Linux counts so.


def cpu_of(process: Process) -> float:
    """Return the seconds that a process and its children have computed, those gone included."""
    try:
        return sum(map(_seconds, _family(process)))
    except FileNotFoundError:
        return 0


def _proportional_share(pid: int) -> float:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0


def _seconds(pid: int) -> float:
    # After the name, which may hold anything: user and system time, then that of ended children.
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


def _family(process: Process) -> Iterator[int]:
    assert process.running  # noqa: S101 - it was started
    yield from _with_children(process.running.pid)


def _with_children(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text(encoding="ascii").split():
            yield from _with_children(int(child))
