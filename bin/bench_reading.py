"""What people and programs look at in an organization with a long history, and what it takes."""

from typing import NamedTuple

from bench_client import Connection, milliseconds
from bench_data import Database, Shop
from bench_processes import cpu_of
from processes import Process

REQUESTS = 100
# Where the history is deepest: most of it is newer.
DEEP = 20_000


class Reading(NamedTuple):
    """
    A page or an answer of the API, and how many statements it may take.

    One asks whether the connection is alive, one or two who is there and in which organization.
    """

    name: str
    path: str
    at_most: int


class Read(NamedTuple):
    reading: Reading
    # Milliseconds of each, and how many of them web computed: what a busy machine cannot lengthen.
    times: list[float]
    cpu: float
    # The least, because the first request of a thread also opens its connection.
    statements: int | None


def readings(shop: Shop, database: Database, small: int, large: int) -> list[Reading]:
    """Return what to read; `small` and `large` are the numbers of two orders."""
    orders, page = "/api/v1/orders", f"/{shop.slug}/orders/"
    after = f"after={cursor(database, DEEP)}"
    return [
        Reading("orders, API", orders, 3),
        Reading("orders", page, 10),
        Reading("to ship: confirmed, paid", f"{page}?status=confirmed&payment_status=paid", 10),
        Reading("partly paid: none", f"{page}?payment_status=partially_paid", 10),
        Reading("returns asked for: none", f"{page}?return_status=requested", 10),
        Reading("page 4,600, API", f"{orders}?{after}", 3),
        Reading("page 4,600", f"{page}?{after}", 10),
        Reading("part of a name", f"{page}?q=opper+4711", 10),
        Reading("part of thousands of names", f"{page}?q=hopper", 10),
        Reading("nobody's name", f"{page}?q=nobody", 10),
        Reading("an email address", f"{page}?q=Leslie.Hopper.4711@shop.example", 10),
        Reading("a number", f"{page}?q=4711", 10),
        Reading("an order of 3 lines", f"{page}{small}/", 15),
        Reading("an order of 30 lines", f"{page}{large}/", 15),
        Reading("an order of 30 lines, API", f"{orders}/{large}", 5),
        Reading("dashboard, 30 days", f"/{shop.slug}/", 15),
        Reading("dashboard, 12 months", f"/{shop.slug}/?days=365", 15),
        Reading("to pick", f"/{shop.slug}/picking/", 15),
        Reading("products", f"/{shop.slug}/products/", 15),
        Reading("stock", f"/{shop.slug}/stock/", 15),
        Reading("customers", f"/{shop.slug}/customers/", 15),
        Reading("a customer of 10 orders", f"/{shop.slug}/customers/4711/", 15),
        Reading("search while typing", f"{page}choices/?find=product+47", 15),
        Reading("reports", f"/{shop.slug}/reports/", 15),
    ]


def read(reading: Reading, database: Database, link: Connection, web: Process) -> Read:
    for _ in range(REQUESTS // 10):
        milliseconds(link, "GET", reading.path)
    before = cpu_of(web)
    times = [milliseconds(link, "GET", reading.path) for _ in range(REQUESTS)]
    cpu = 1000 * (cpu_of(web) - before) / REQUESTS
    counts = [statements_of(reading, database, link) for _ in range(5)]
    return Read(reading, times, cpu, min(filter(None, counts), default=None))


def statements_of(reading: Reading, database: Database, link: Connection) -> int | None:
    before = database.statements()
    milliseconds(link, "GET", reading.path)
    after = database.statements()
    return None if before is None or after is None else after - before


def cursor(database: Database, number: int) -> str:
    """Return what leads to the orders before this one, as a page of them would."""
    as_written = """to_char(placed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    [row] = database.ask(
        f"SELECT {as_written} || '_' || id FROM orders_order WHERE number = %s",  # noqa: S608
        number,
    )
    return str(row[0])
