"""
Places orders over HTTP as fast as it is served, from several connections that stay open.

usage: bench_client.py PORT KEY CLIENTS SECONDS      prints the milliseconds of each order as JSON

A process of its own and bare sockets, so that asking costs little beside answering.
"""

import json
import random
import socket
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

LOOPBACK = "127.0.0.1"
VARIANTS = 10_000


class Answer(NamedTuple):
    status: int
    body: bytes


class Connection:
    """Keeps one connection open, and opens another when the server has closed it."""

    def __init__(self, port: int, *headers: str) -> None:
        self.port = port
        self.headers = [f"Host: localhost:{port}", *headers]
        self.socket: socket.socket | None = None

    def ask(self, method: str, path: str, body: str = "", *headers: str) -> Answer:
        lines = [f"{method} {path} HTTP/1.1", *self.headers, *headers]
        text = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body])
        # A worker of gunicorn that has served its share closes what it holds; once is enough.
        return self._try(text.encode()) or self._try(text.encode()) or Answer(0, b"")

    def _try(self, request: bytes) -> Answer | None:
        try:
            if self.socket is None:
                self.socket = socket.create_connection((LOOPBACK, self.port), timeout=30)
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.sendall(request)
            return self._read(self.socket)
        except ConnectionError:
            self._close()
            return None

    def _read(self, link: socket.socket) -> Answer:
        received = b""
        while b"\r\n\r\n" not in received:
            received += more(link)
        head, _, body = received.partition(b"\r\n\r\n")
        status, _, fields = head.decode("latin-1").lower().partition("\r\n")
        named = dict(field.split(": ", 1) for field in fields.split("\r\n"))
        while not is_complete(named, body):
            body += more(link)
        if named.get("connection") == "close":
            self._close()
        return Answer(int(status.split()[1]), body)

    def _close(self) -> None:
        if self.socket:
            self.socket.close()
        self.socket = None


def is_complete(fields: dict[str, str], body: bytes) -> bool:
    if "content-length" in fields:
        return len(body) >= int(fields["content-length"])
    return body.endswith(b"0\r\n\r\n")  # Sent in chunks; the last one is empty.


def more(link: socket.socket) -> bytes:
    received = link.recv(65536)
    if not received:
        raise ConnectionResetError
    return received


def milliseconds(link: Connection, method: str, path: str, body: str = "", *headers: str) -> float:
    """Return how long the answer took; anything but a success ends the benchmark."""
    began = time.perf_counter()
    answer = link.ask(method, path, body, *headers)
    took = (time.perf_counter() - began) * 1000
    if answer.status not in {200, 201}:
        sys.exit(f"{method} {path} was answered {answer.status}: {answer.body.decode()[:500]}")
    return took


def place_order(link: Connection, lines: int = 3) -> float:
    """Order one piece each of different products, under a new key. Returns the milliseconds."""
    skus = (f"SKU-{1 + one}" for one in random.sample(range(VARIANTS), lines))
    order = {
        "customer_name": "Benchmark",
        "shipping_address": "1 High Street, Hometown",
        "lines": [{"sku": sku, "quantity": 1} for sku in skus],
    }
    key = f"Idempotency-Key: {uuid.uuid4()}"
    return milliseconds(link, "POST", "/api/v1/orders", json.dumps(order), key)


def api(port: int, key: str) -> Connection:
    return Connection(port, f"Authorization: Bearer {key}", "Content-Type: application/json")


def place_orders(port: int, key: str, until: float) -> list[float]:
    link = api(port, key)
    times: list[float] = []
    while True:
        took = place_order(link)
        if time.monotonic() > until:
            return times
        times.append(took)


def main(port: int, key: str, clients: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(clients) as pool:
        shoppers = [pool.submit(place_orders, port, key, until) for _ in range(clients)]
        print(json.dumps([took for shopper in shoppers for took in shopper.result()]))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
