import signal

import redis

from tests.services.binaries import Programs, find_redis
from tests.services.server import Server

DATABASES = 128  # one for each worker of a test run


class RedisServer(Server):
    """A Redis that forgets everything when it ends, as the service must be able to bear.

    With ``persistent=True`` it writes each command to its data first and knows it again after
    a kill.
    """

    name = "redis"
    stop_signal = signal.SIGTERM
    orphan_signal = signal.SIGKILL

    def __init__(self, programs: Programs | None = None, *, persistent: bool = False) -> None:
        super().__init__(programs or find_redis())
        self._persistent = persistent

    @property
    def url(self) -> str:
        """The address of the server's first database."""
        return f"redis://127.0.0.1:{self.port}/0"

    def flush(self) -> None:
        """Empty all databases."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def _prepare(self) -> None:
        pass

    def _command(self) -> list[str]:
        settings = {
            "bind": "127.0.0.1",
            "port": self.port,
            "dir": self.folder,
            "databases": DATABASES,
            "save": "",
            "appendonly": "yes" if self._persistent else "no",
            "appendfsync": "always",
        }
        options = [part for key, value in settings.items() for part in (f"--{key}", str(value))]
        return [str(self._programs.folder / "redis-server"), *options]

    def _ping(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
