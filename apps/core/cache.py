"""
Redis may be away: pages, login and order entry go on.

Both caches open a circuit for COOLDOWN seconds after an error, so a dead Redis costs one request
0.3 s now and then, and not each request its timeout.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = logging.getLogger(__name__)

COOLDOWN = 3.0
AWAY = (RedisError, OSError)


class _ResilientCache(RedisCache):
    """A Redis cache that hands its work to `stand_in` while Redis is away."""

    stand_in: Any

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = {
            "socket_connect_timeout": 0.3,
            "socket_timeout": 0.3,
            # redis-py tries ten times with growing pauses unless told otherwise: 4 s a command.
            "retry": Retry(NoBackoff(), 0),
            **params.get("OPTIONS", {}),
        }
        super().__init__(server, {**params, "OPTIONS": options})
        self._away_until = 0.0

    def _try(self, name: str, ask: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= self._away_until:
            try:
                self._on_return()
                return ask(*args, **kwargs)
            except AWAY as error:
                self._away_until = time.monotonic() + COOLDOWN
                log.warning("cache_away", extra={"error": type(error).__name__})
        self._on_miss(name, args)
        return getattr(self.stand_in, name)(*args, **kwargs)

    def _on_return(self) -> None:
        """Redis is about to be asked."""

    def _on_miss(self, name: str, args: tuple[Any, ...]) -> None:
        """Redis was not asked."""

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("add", super().add, *args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("get", super().get, *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("set", super().set, *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("touch", super().touch, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("delete", super().delete, *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("get_many", super().get_many, *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("set_many", super().set_many, *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("delete_many", super().delete_many, *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("has_key", super().has_key, *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("incr", super().incr, *args, **kwargs)

    def clear(self) -> Any:
        return self._try("clear", super().clear)


class FallbackCache(_ResilientCache):
    """Stands in with this process's own memory, so login throttles still count something."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        plain = {name: value for name, value in params.items() if name != "OPTIONS"}
        self.stand_in = LocMemCache("while-redis-is-away", plain)


class SessionCache(_ResilientCache):
    """
    Forgets while Redis is away, so that sessions are read from PostgreSQL.

    What changed meanwhile must not come back from Redis afterwards (a logout above all): this
    process drops those keys as soon as Redis answers again, and for what other processes changed no
    entry lives longer than SHORT seconds.
    """

    SHORT = 60

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.stand_in = DummyCache("", {})
        self._stale: set[str] = set()

    def get_backend_timeout(self, timeout: Any = DEFAULT_TIMEOUT) -> Any:
        asked = super().get_backend_timeout(timeout)
        return self.SHORT if asked is None else min(asked, self.SHORT)

    def _on_miss(self, name: str, args: tuple[Any, ...]) -> None:
        if name in {"set", "delete"}:
            self._stale.add(args[0])

    def _on_return(self) -> None:
        if self._stale:
            RedisCache.delete_many(self, list(self._stale))
            self._stale.clear()
