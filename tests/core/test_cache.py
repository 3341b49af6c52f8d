"""Redis away: what a person notices is nothing."""

import socket
import time
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client

from apps.accounts.models import Organization, User
from apps.core import cache


@pytest.fixture
def nobody_home() -> str:
    """A Redis URL where nothing listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{found.getsockname()[1]}"


def build(kind: type, url: str) -> Any:
    return kind(url, {"KEY_PREFIX": "test"})


@pytest.fixture
def redis_url(settings: Any) -> str:
    return str(settings.REDIS_URL)


def test_a_fallback_cache_still_counts(nobody_home: str) -> None:
    fallback = build(cache.FallbackCache, nobody_home)

    fallback.set("tries", 1)
    assert fallback.incr("tries") == 2
    assert fallback.get("tries") == 2
    assert fallback.get_many(["tries"]) == {"tries": 2}


def test_a_dead_redis_is_asked_once_in_a_while(nobody_home: str) -> None:
    fallback = build(cache.FallbackCache, nobody_home)
    fallback.get("x")
    started = time.monotonic()

    for _ in range(1000):
        fallback.get("x")

    assert time.monotonic() - started < cache.COOLDOWN


def test_a_session_cache_forgets_while_redis_is_away(nobody_home: str) -> None:
    sessions = build(cache.SessionCache, nobody_home)

    sessions.set("s", "data")

    assert sessions.get("s") is None


def test_a_session_ended_while_redis_was_away_does_not_come_back(redis_url: str) -> None:
    sessions = build(cache.SessionCache, redis_url)
    sessions.set("s", "logged in")
    sessions._away_until = time.monotonic() + 60
    sessions.delete("s")

    sessions._away_until = 0

    assert sessions.get("s") is None


def test_a_session_changed_while_redis_was_away_is_read_anew(redis_url: str) -> None:
    sessions = build(cache.SessionCache, redis_url)
    sessions.set("s", "old")
    sessions._away_until = time.monotonic() + 60
    sessions.set("s", "new")

    sessions._away_until = 0

    assert sessions.get("s") is None


def test_a_session_lives_in_redis_for_a_minute_at_most(redis_url: str) -> None:
    sessions = build(cache.SessionCache, redis_url)
    sessions.set("s", "data", timeout=3600 * 24)

    client = sessions._cache.get_client(None)
    assert 0 < client.ttl(sessions.make_key("s")) <= cache.SessionCache.SHORT


@pytest.fixture
def dead_redis(settings: Any, nobody_home: str) -> None:
    settings.CACHES = {
        alias: {**config, "LOCATION": nobody_home} for alias, config in settings.CACHES.items()
    }


def test_people_stay_logged_in_while_redis_is_away(
    client: Client, alice: User, acme: Organization, dead_redis: None
) -> None:
    client.force_login(alice)

    assert client.get("/acme/orders/").status_code == 200


def test_people_log_in_and_out_while_redis_is_away(
    client: Client, alice: User, acme: Organization, dead_redis: None
) -> None:
    alice.set_password("correct horse battery")
    alice.save()
    typed = {"login": alice.email, "password": "correct horse battery"}

    assert client.post("/accounts/login/", typed).status_code == 302
    assert client.get("/acme/orders/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/acme/orders/").status_code == 302


def test_a_login_is_throttled_while_redis_is_away(
    client: Client, alice: User, dead_redis: None
) -> None:
    caches["default"].clear()
    wrong = {"login": alice.email, "password": "wrong wrong wrong"}

    answers = [client.post("/accounts/login/", wrong) for _ in range(12)]

    assert any(b"Too many" in answer.content for answer in answers)


def test_people_stay_logged_in_when_redis_was_emptied(
    client: Client, alice: User, acme: Organization
) -> None:
    client.force_login(alice)
    client.get("/acme/orders/")

    caches["sessions"].clear()

    assert client.get("/acme/orders/").status_code == 200
