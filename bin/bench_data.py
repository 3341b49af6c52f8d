"""The database of the benchmark: made anew beside the one that DATABASE_URL names, and filled."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(__file__).with_name("bench_sql")


class Shop(NamedTuple):
    """The one organization, and the ways into it."""

    organization: int
    slug: str
    key: str
    cookie: str


class Database:
    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.name = f"{parts.path.strip('/')}_bench"
        self.beside = url
        self.url = urlunsplit(parts._replace(path=f"/{self.name}"))

    def exists(self) -> bool:
        found = self._manage("SELECT 1 FROM pg_database WHERE datname = %s", [self.name])
        return bool(found)

    def drop(self) -> None:
        name = sql.Identifier(self.name)
        self._manage(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def fill(self) -> None:
        """Make it anew, or not at all."""
        self.drop()
        try:
            self._manage(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self.name)))
            manage("migrate", "--no-input", "--verbosity=0")
            self.run("load.sql")
            manage("roll_up_sales", "--verbosity=0")
            self._vacuum()
        except BaseException:
            self.drop()
            raise

    def run(self, script: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute((SCRIPTS / script).read_bytes())

    def ask(self, query: str, *parameters: object) -> list[Any]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode(), parameters or None).fetchall()

    def statements(self) -> int | None:
        """Return how many statements we have sent, BEGIN and COMMIT apart, if they are counted."""
        try:
            counted = self._manage(
                "SELECT sum(calls)::bigint FROM pg_stat_statements AS counted"
                " JOIN pg_database AS ours ON ours.oid = dbid WHERE datname = %s"
                " AND query NOT IN ('BEGIN', 'COMMIT')"
                # The server's own checks of deferred foreign keys.
                " AND query NOT LIKE 'SELECT %% FROM ONLY %%'",
                [self.name],
            )
        except psycopg.errors.Error:
            return None
        return int(counted[0][0])

    def _vacuum(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")

    def _manage(self, query: Any, parameters: list[str] | None = None) -> list[Any]:
        with psycopg.connect(self.beside, autocommit=True) as connection:
            cursor = connection.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []


def manage(*command: str) -> None:
    subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, check=True)


@contextmanager
def prepared(*, keep: bool) -> Iterator[tuple[Database, Shop]]:
    """Lead everything that reads the environment to a filled database; drop it in the end."""
    database = Database(os.environ["DATABASE_URL"])
    os.environ["DATABASE_URL"] = database.url
    manage("collectstatic", "--no-input", "--verbosity=0")
    try:
        if not (keep and database.exists()):
            database.fill()
        yield database, open_shop()
    finally:
        if not keep:
            database.drop()


def open_shop() -> Shop:
    """Return the organization, with a new key and a new session."""
    sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    # Only now, because the settings must see our DATABASE_URL.
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test import Client

    from apps.accounts import operations
    from apps.accounts.models import Organization, User

    organization = Organization.objects.get()
    _, key = operations.create_api_key(organization=organization, name="bin/bench")
    visitor = Client()
    visitor.force_login(User.objects.get())
    connection.close()
    cookie = visitor.cookies[settings.SESSION_COOKIE_NAME].value
    return Shop(organization.pk, organization.slug, key, f"{settings.SESSION_COOKIE_NAME}={cookie}")
