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


class Round(NamedTuple):
    """A turn of orders through web, and a turn of the same orders in plain SQL."""

    clients: int
    seconds: float
    times: list[float]
    plain: float

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds

    @property
    def ratio(self) -> float:
        return self.rate / self.plain


@dataclass
class Figures:
    rounds: list[Round] = field(default_factory=list)
    # By the number of lines.
    statements: dict[int, int | None] = field(default_factory=dict)
    # Milliseconds of each request, and of each event on its way to a worker.
    api_list: list[float] = field(default_factory=list)
    html_list: list[float] = field(default_factory=list)
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
    """What we want to reach: first step, goal, moonshot, as far as each was set."""

    name: str
    measured: float | None
    shape: str
    steps: Sequence[float]

    def reached(self, step: float) -> bool:
        # The figure as it is printed, so that nobody reads "2.5 of 2.5: missed".
        shown = float(self.shape.format(self.measured).split()[0])
        more_is_better = self.steps[-1] > self.steps[0]
        return shown >= step if more_is_better else shown <= step

    def missed(self) -> bool:
        return bool(self.steps) and self.measured is not None and not self.reached(self.steps[0])

    def __str__(self) -> str:
        if self.measured is None:
            return f"{self.name:<44}{'-':>10}"
        marks = (f"{step:g} {'ok' if self.reached(step) else 'missed'}" for step in self.steps)
        shown = self.shape.format(self.measured)
        return f"{self.name:<44}{shown:>10}" + "".join(f"{mark:>14}" for mark in marks)


def targets(figures: Figures) -> list[Target]:
    list_steps, count_steps = (60, 25, 15), (12, 8, 6)
    return [
        Target("orders: web / plain SQL, 8 clients", figures.ratio(8), "{:.2f}", (0.2, 0.35, 0.5)),
        Target("statements of an order, 3 lines", figures.statements[3], "{:d}", count_steps),
        Target("statements of an order, 30 lines", figures.statements[30], "{:d}", count_steps),
        Target("list over the API, p50", percentile(figures.api_list, 50), "{:.1f} ms", ()),
        Target("list over the API, p95", percentile(figures.api_list, 95), "{:.1f} ms", list_steps),
        Target("list as a page, p50", percentile(figures.html_list, 50), "{:.1f} ms", ()),
        Target("list as a page, p95", percentile(figures.html_list, 95), "{:.1f} ms", list_steps),
        Target("web: start to first answer", figures.first_answer, "{:.2f} s", (2.5, 1.5, 1)),
        Target("web: start to first page", figures.first_page, "{:.2f} s", ()),
        Target("memory: web, 2 processes", figures.web_memory, "{:.0f} MB", (200, 150)),
        Target("memory: worker, 2 children", figures.worker_memory, "{:.0f} MB", (220, 180)),
        Target("memory: scheduler", figures.scheduler_memory, "{:.0f} MB", (90, 60)),
        Target("event to worker, p50", percentile(figures.hints, 50), "{:.0f} ms", (1000, 50, 10)),
    ]


def percentile(values: Sequence[float], percent: int) -> float | None:
    """Return the value that so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[ceil(len(ordered) * percent / 100) - 1] if ordered else None


def machine() -> str:
    """Say where and when this is, and whether others were busy here before us."""
    python = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    busy = f"load {os.getloadavg()[0]:.1f} before"
    return f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {python}, {busy}"


def print_report(about: str, figures: Figures, wish: argparse.Namespace) -> int:
    """Print all tables. Returns 1 if a first target was missed."""
    print(f"\n{about}\n\nOrders of three lines; medians of {wish.rounds} x {wish.seconds:g} s")
    print(f"{'clients':>8}{'orders/s':>10}{'p50 ms':>8}{'p99 ms':>8}{'pgbench/s':>11}{'ratio':>7}")
    for clients in sorted({one.clients for one in figures.rounds}):
        print(row(clients, figures))
    print(f"\n{'':<44}{'measured':>10}{'first step':>14}{'goal':>14}{'moonshot':>14}")
    found = targets(figures)
    for target in found:
        print(target)
    return 1 if any(target.missed() for target in found) else 0


def row(clients: int, figures: Figures) -> str:
    rounds = figures.of(clients)
    times = [took for one in rounds for took in one.times]
    rate, plain = median(one.rate for one in rounds), median(one.plain for one in rounds)
    return (
        f"{clients:>8}{rate:>10.0f}{percentile(times, 50):>8.1f}{percentile(times, 99):>8.1f}"
        f"{plain:>11.0f}{figures.ratio(clients):>7.2f}"
    )
