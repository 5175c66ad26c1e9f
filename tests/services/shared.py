from dataclasses import dataclass

import redis


@dataclass(frozen=True)
class SharedPostgres:
    """The PostgreSQL that all tests of a run share, and so cannot stop.

    ``url`` names a database beside those that Django makes for its tests.
    """

    url: str


@dataclass(frozen=True)
class SharedRedis:
    """The Redis that all tests of a run share; ``url`` names the database of this worker."""

    url: str

    def flush(self) -> None:
        """Empty the database of this worker and no other."""
        with redis.Redis.from_url(self.url) as client:
            client.flushdb()
