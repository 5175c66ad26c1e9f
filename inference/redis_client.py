"""Redis, as those ask it who can do without it for a while: briefly, and not again at once."""

import asyncio
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from inference.breaker import Breaker

redis_breaker = Breaker(rest_seconds=2.0)
"""Whether Redis answers this process; work does not wait for one that does not."""

ASYNC_CONNECTIONS = 16
"""Connections of one event loop at most. None is held while waiting, so a few serve many."""

_CONNECT_SECONDS = 0.5
_ANSWER_SECONDS = 2.0
# Nothing stands still meanwhile, and a busy event loop must not take itself for a lost Redis.
_ASYNC_CONNECT_SECONDS = 3.0
_ASYNC_ANSWER_SECONDS = 5.0
_ASYNC_QUEUE_SECONDS = 10.0


def is_away(error: RedisError) -> bool:
    """Whether Redis did not answer at all; it may also refuse a command, such as for memory."""
    return isinstance(error, RedisConnectionError | RedisTimeoutError)


def client() -> redis.Redis:
    """Return this process's client; a connection that a restart broke is tried once anew."""
    return _client(settings.REDIS_URL)


@lru_cache(maxsize=4)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=_CONNECT_SECONDS,
        socket_timeout=_ANSWER_SECONDS,
        # Not where it was silent: that would be as long again.
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
    )


_of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Any]] = WeakKeyDictionary()


def async_client() -> Any:
    """Return the running event loop's client, with a pool of its own."""
    of_loop = _of_loops.setdefault(asyncio.get_running_loop(), {})
    url = settings.REDIS_URL
    if url not in of_loop:
        of_loop[url] = redis.asyncio.Redis.from_pool(
            redis.asyncio.BlockingConnectionPool.from_url(
                url,
                max_connections=ASYNC_CONNECTIONS,
                timeout=_ASYNC_QUEUE_SECONDS,
                socket_connect_timeout=_ASYNC_CONNECT_SECONDS,
                socket_timeout=_ASYNC_ANSWER_SECONDS,
                retry=AsyncRetry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
            )
        )
    return of_loop[url]


async def close_async_clients() -> None:
    """Close the connections of the running event loop; for its shutdown."""
    for of_url in _of_loops.pop(asyncio.get_running_loop(), {}).values():
        await of_url.aclose()
