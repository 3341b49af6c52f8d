"""What bin/bench found out, and how it stands beside the targets."""

import argparse
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from statistics import median
from typing import NamedTuple

from bench_reading import Read

# What is read is to be there after so many milliseconds: first step, goal, moonshot.
PATIENCE = (60, 25, 15)


class Round(NamedTuple):
    """A turn of orders through web, and a turn of the same orders in plain SQL."""

    clients: int
    seconds: int
    times: list[float]
    cpu: float
    plain: float

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds

    @property
    def ratio(self) -> float:
        return self.rate / self.plain

    @property
    def cpu_of_an_order(self) -> float:
        return 1000 * self.cpu / len(self.times)


@dataclass
class Figures:
    rounds: list[Round] = field(default_factory=list)
    # By the number of lines.
    statements: dict[int, int | None] = field(default_factory=dict)
    readings: list[Read] = field(default_factory=list)
    # Milliseconds of each event on its way to a worker.
    hints: list[float] = field(default_factory=list)
    # Seconds from the start of web.
    first_answer: float = 0
    first_page: float = 0
    # Megabytes.
    web_memory: float | None = None
    worker_memory: float | None = None
    scheduler_memory: float | None = None

    def of(self, clients: int) -> list[Round]:
        return [one for one in self.rounds if one.clients == clients]

    def ratio(self, clients: int) -> float:
        return median(one.ratio for one in self.of(clients))


class Target(NamedTuple):
    """A figure and what we want of it: first step, goal, moonshot, as far as each was set."""

    name: str
    measured: float | None
    shape: str
    steps: Sequence[float] = ()

    def reached(self, step: float) -> bool:
        # The figure as it is printed, so that nobody reads "2.5 of 2.5: missed".
        shown = float(self.shape.format(self.measured).split()[0])
        more_is_better = self.steps[-1] > self.steps[0]
        return shown >= step if more_is_better else shown <= step

    def missed(self) -> bool:
        return bool(self.steps) and self.measured is not None and not self.reached(self.steps[0])

    def __str__(self) -> str:
        if self.measured is None:
            return f"{self.name:<38}{'-':>10}"
        shown = self.shape.format(self.measured)
        marks = (f"{step:g} {'ok' if self.reached(step) else 'missed'}" for step in self.steps)
        return f"{self.name:<38}{shown:>10}" + "".join(f"{mark:>14}" for mark in marks)


def targets(of: Figures) -> list[Target]:
    return [
        Target("orders: web / plain SQL, 8 clients", of.ratio(8), "{:.2f}", (0.2, 0.35, 0.5)),
        Target("statements: an order of 3 lines", of.statements[3], "{:d}", (12, 8, 6)),
        Target("statements: an order of 30 lines", of.statements[30], "{:d}", (12, 8, 6)),
        Target("web: start to first answer", of.first_answer, "{:.2f} s", (2.5, 1.5, 1)),
        Target("web: start to first page", of.first_page, "{:.2f} s"),
        Target("memory: web, 2 processes", of.web_memory, "{:.0f} MB", (200, 150)),
        Target("memory: worker, 2 children", of.worker_memory, "{:.0f} MB", (220, 180)),
        Target("memory: scheduler", of.scheduler_memory, "{:.0f} MB", (90, 60)),
        Target("event to worker, p50", percentile(of.hints, 50), "{:.0f} ms", (1000, 50, 10)),
    ]


def percentile(values: Sequence[float], percent: int) -> float | None:
    """Return the value that so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[ceil(len(ordered) * percent / 100) - 1] if ordered else None


def machine() -> str:
    """Say where and when this is, and whether others were busy here before us."""
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    busy = f"load {os.getloadavg()[0]:.1f} before the start"
    return f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {system}, {busy}"


def print_report(about: str, figures: Figures, wish: argparse.Namespace) -> int:
    """Print all tables. Returns 1 if a first target was missed."""
    turns = f"medians of {wish.rounds} turns of {wish.seconds} s"
    print(f"\n{about}\n\nOrders of three lines over the API, and as plain SQL; {turns}.")
    print("clients  orders/s  p50 ms  p99 ms  web CPU ms  pgbench/s  ratio")
    for clients in sorted({one.clients for one in figures.rounds}):
        print(row(clients, figures))
    print(f"\n{'':<38}{'measured':>10}{'first step':>14}{'goal':>14}{'moonshot':>14}")
    found = targets(figures)
    for target in found:
        print(target)
    print("\nReading, beside 250,000 orders.")
    steps = "".join(f"{f'<= {step}':>8}" for step in PATIENCE)
    print(f"{'':<30}{'p50 ms':>8}{'p95 ms':>8}{'web CPU':>9}{steps}{'statements':>13}")
    for one in figures.readings:
        print(reading_row(one))
    slow = any(is_slow(one) for one in figures.readings)
    return 1 if slow or any(target.missed() for target in found) else 0


def reading_row(one: Read) -> str:
    p50, p95 = (percentile(one.times, percent) or 0 for percent in (50, 95))
    marks = "".join(f"{'ok' if round(p95, 1) <= step else 'missed':>8}" for step in PATIENCE)
    statements = f"{one.statements or '-'} of {one.reading.at_most}"
    return f"{one.reading.name:<30}{p50:>8.1f}{p95:>8.1f}{one.cpu:>9.1f}{marks}{statements:>13}"


def is_slow(one: Read) -> bool:
    p95 = percentile(one.times, 95) or 0
    return round(p95, 1) > PATIENCE[0] or (one.statements or 0) > one.reading.at_most


def row(clients: int, figures: Figures) -> str:
    rounds = figures.of(clients)
    times = [took for one in rounds for took in one.times]
    rate, plain = median(one.rate for one in rounds), median(one.plain for one in rounds)
    cpu = median(one.cpu_of_an_order for one in rounds)
    return (
        f"{clients:>7}{rate:>10.0f}{percentile(times, 50):>8.1f}{percentile(times, 99):>8.1f}"
        f"{cpu:>12.1f}{plain:>11.0f}{figures.ratio(clients):>7.2f}"
    )
