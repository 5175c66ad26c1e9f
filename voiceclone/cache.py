"""The cache of several processes, for what can do without it for a while."""

from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

T = TypeVar("T")


class ForgivingRedisCache(RedisCache):
    """A Redis cache that is empty while Redis is away.

    Pages use it (a login counts its failures there): they must go on working. Our own rate
    limits use a strict one, since they answer for a Redis that is away themselves.
    """

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Return what is cached, or ``default``."""
        return self._or(
            default, lambda: super(ForgivingRedisCache, self).get(key, default, version)
        )

    def set(self, key: Any, value: Any, *args: Any, **options: Any) -> None:
        """Cache a value, if that can be done."""
        self._or(None, lambda: super(ForgivingRedisCache, self).set(key, value, *args, **options))

    def add(self, key: Any, value: Any, *args: Any, **options: Any) -> bool:
        """Cache a value that is not there yet; False where it is.

        While Redis is away nothing is there: who takes a lock so must not wait for ever.
        """
        return self._or(
            True, lambda: super(ForgivingRedisCache, self).add(key, value, *args, **options)
        )

    def delete(self, key: Any, version: int | None = None) -> bool:
        """Forget a value, if that can be done."""
        return self._or(False, lambda: super(ForgivingRedisCache, self).delete(key, version))

    def _or(self, otherwise: T, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except RedisError as error:
            log.warning("cache_unavailable", error=repr(error))
            return otherwise
