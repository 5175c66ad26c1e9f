"""Telling others that something moved: between processes by Redis, within one by a call.

A notice names only what moved, never what came of it: whoever hears one looks for himself. So a
notice too many does no harm, and one that was lost is made good by calling everybody whenever
the connection broke or was made anew.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.retry import Retry

from inference.redis_client import client, is_away, redis_breaker

log = structlog.get_logger(__name__)

Callback = Callable[[], None]

_TICK_SECONDS = 1.0
_QUIET_SECONDS = 10.0  # after which a silent connection is asked whether it still stands
_RECONNECT_SECONDS = 0.5

_lock = threading.Lock()
_topics: dict[bytes, "Topic"] = {}
_listeners: dict[str, threading.Thread] = {}


class Topic:
    """One thing that notices are about, such as jobs that settled.

    ``when_missed`` is called when notices may have been missed; by default everybody is called.
    """

    def __init__(self, name: str, *, when_missed: Callback | None = None) -> None:
        self.channel = f"voiceclone:{name}"
        self.when_missed = when_missed or self.tell_all
        self.is_followed = False
        self._callbacks: dict[str, list[Callback]] = {}
        self._lock = threading.Lock()
        _topics[self.channel.encode()] = self

    def publish(self, key: str) -> None:
        """Tell everybody who waits for ``key``; never fails, nor waits for a Redis that is away."""
        if not settings.REDIS_URL:
            self.tell(key)
            return
        if not redis_breaker.may_ask():
            return
        try:
            client().publish(self.channel, key)
        except RedisError as error:
            if is_away(error):
                redis_breaker.failed()
            log.warning("notice_not_sent", channel=self.channel, error=repr(error))
        else:
            redis_breaker.answered()

    def follow(self) -> None:
        """Have this process listen to the topic from now on, before anybody subscribes."""
        self.is_followed = True
        if settings.REDIS_URL:
            _listen_to(settings.REDIS_URL)

    def subscribe(self, key: str, callback: Callback) -> Callback:
        """Have ``callback`` called, from any thread, when ``key`` may have moved.

        It must be quick. What moved before this call is not told; look after subscribing.

        Returns:
            What ends the subscription.
        """
        with self._lock:
            self._callbacks.setdefault(key, []).append(callback)
        self.follow()

        def unsubscribe() -> None:
            with self._lock:
                left = self._callbacks.get(key, [])
                if callback in left:
                    left.remove(callback)
                if not left:
                    self._callbacks.pop(key, None)

        return unsubscribe

    def awaited(self) -> set[str]:
        """Return the keys that somebody in this process waits for."""
        with self._lock:
            return set(self._callbacks)

    def tell(self, key: str) -> None:
        """Call those in this process who wait for ``key``."""
        with self._lock:
            callbacks = list(self._callbacks.get(key, []))
        for callback in callbacks:
            try:
                callback()
            except Exception:  # one listener's fault must not keep the notice from the others
                log.exception("notice_callback_failed", channel=self.channel)

    def tell_all(self) -> None:
        """Call everybody in this process."""
        for key in self.awaited():
            self.tell(key)


def _listen_to(url: str) -> None:
    """Start the process's listener where there is none; threads do not survive a fork."""
    with _lock:
        listener = _listeners.get(url)
        if listener is None or not listener.is_alive():
            listener = threading.Thread(target=_listen, args=(url,), name="notices", daemon=True)
            _listeners[url] = listener
            listener.start()


def _listen(url: str) -> None:
    is_down = False
    while url == settings.REDIS_URL:
        try:
            connection: Any = _connection(url)
            with connection.pubsub() as heard:
                channels = _followed()
                heard.subscribe(*channels)
                is_down = False
                _hear(heard, url, channels)
        except (RedisError, OSError) as error:
            if not is_down:
                is_down = True
                log.warning("notices_interrupted", error=repr(error))
                for topic in list(_topics.values()):
                    topic.when_missed()  # a reader that looks now learns that Redis is away
            time.sleep(_RECONNECT_SECONDS)


def _hear(heard: Any, url: str, channels: set[bytes]) -> None:
    """Take what comes; have a connection that is silent for long prove that it still stands.

    Ends when another topic is followed, which takes another subscription.
    """
    last = time.monotonic()
    is_asked = False
    while url == settings.REDIS_URL and channels == _followed():
        message = heard.get_message(timeout=_TICK_SECONDS)
        quiet = time.monotonic() - last
        if message is not None:
            last, is_asked = time.monotonic(), False
            _take(message)
        elif quiet > 2 * _QUIET_SECONDS:
            raise RedisConnectionError("Redis has stopped answering")
        elif quiet > _QUIET_SECONDS and not is_asked:
            heard.ping()
            is_asked = True


def _followed() -> set[bytes]:
    """Return the channels of the topics that this process listens to."""
    return {channel for channel, topic in list(_topics.items()) if topic.is_followed}


def _take(message: dict[str, Any]) -> None:
    topic = _topics.get(message["channel"] or b"")
    if topic is None:
        return
    if message["type"] == "subscribe":  # also after each reconnection
        topic.when_missed()
    elif message["type"] == "message":
        topic.tell(message["data"].decode())


def _connection(url: str) -> Redis:
    return Redis.from_url(
        url,
        socket_connect_timeout=_RECONNECT_SECONDS,
        socket_timeout=2 * _TICK_SECONDS,
        retry=Retry(NoBackoff(), 0),
        max_connections=1,
    )
