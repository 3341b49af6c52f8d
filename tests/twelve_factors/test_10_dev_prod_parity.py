"""Factor X: what we test against is what we deploy on, down to the major version."""

import re

import psycopg
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from config import environment
from tests.processes.deploys import Deploy
from tests.processes.services import GIVEN
from tests.twelve_factors.sources import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def in_production(image: str) -> int:
    """Return the major version of an image in docker-compose.yml."""
    found = re.search(rf"image: {re.escape(image)}:(\d+)", COMPOSE)
    assert found
    return int(found[1])


def test_postgresql_is_the_one_of_production() -> None:
    with psycopg.connect(GIVEN.DATABASE_URL) as server:
        major = server.info.server_version // 10_000

    assert major == in_production("postgres")


def test_valkey_is_the_one_of_production(deploy: Deploy) -> None:
    about = deploy.valkey.ask("INFO", "server")

    assert int(str(about["valkey_version"]).split(".")[0]) == in_production("valkey/valkey")


def test_python_is_the_one_of_the_image() -> None:
    import sys

    found = re.search(r"^ARG PYTHON_VERSION=(\d+)\.(\d+)$", DOCKERFILE, re.MULTILINE)

    assert found
    assert sys.version_info[:2] == (int(found[1]), int(found[2]))


@pytest.mark.parametrize("url", ["sqlite:///db.sqlite3", "mysql://db/dozen", "sqlite://:memory:"])
def test_there_is_no_lighter_database(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL is not a URL that starts with"):
        environment.read(_laptop() | {"DATABASE_URL": url})


def test_there_is_no_lighter_backend_of_anything() -> None:
    """No file, memory or console stands in for a service, whatever the variables say."""
    assert connection.vendor == "postgresql"
    assert settings.SESSION_ENGINE.endswith(".cached_db")
    assert {cache["BACKEND"].rpartition(".")[0] for cache in settings.CACHES.values()} == {
        "apps.core.cache"
    }
    assert environment.read(_laptop() | {"DEBUG": "true"}).EMAIL_URL.startswith("smtp://")
    assert GIVEN.AWS_STORAGE_BUCKET_NAME


def _laptop() -> dict[str, str]:
    lines = environment.example().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
