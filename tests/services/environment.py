"""The environment that settings are read from in a test run, before anything reads them.

The process that the run begins in (with xdist its controller) starts one PostgreSQL and one
Redis; workers find them in the environment they are given.
"""

import atexit
import os
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests.services.folder import TemporaryFolder
from tests.services.postgres import PostgresServer
from tests.services.redis import RedisServer


def on_sqlite() -> bool:
    """Say whether this run is about the embedded default, which needs no server."""
    return os.environ.get("VOICECLONE_TEST_DATABASE") == "sqlite"


def prepare() -> ExitStack:
    """Set the environment and start the servers it names; closing what returns ends them.

    Raises:
        ServiceError: a server is missing or does not start.
    """
    for name in list(os.environ):
        if name.startswith("VOICECLONE_") and not name.startswith("VOICECLONE_TEST_"):
            del os.environ[name]  # a developer's own service is not what is tested
    closing = ExitStack()
    home = closing.enter_context(TemporaryFolder("home"))
    atexit.register(closing.close)  # also when the run ends before it begins
    os.environ.update(
        {
            "VOICECLONE_HOME": str(home.path),
            "VOICECLONE_SECRET_KEY": "a key for tests only, as long as Django wants a key to be",
            "VOICECLONE_PUBLIC_URL": "http://testserver",
            "VOICECLONE_ENGINE": "espeak",
        }
    )
    if on_sqlite():
        os.environ.pop("DATABASE_URL", None)
        os.environ.pop("REDIS_URL", None)
    else:
        if not os.environ.get("DATABASE_URL"):
            os.environ["DATABASE_URL"] = closing.enter_context(PostgresServer()).url
        if not os.environ.get("REDIS_URL"):
            os.environ["REDIS_URL"] = closing.enter_context(RedisServer()).url
    return closing


def of_worker(number: int) -> dict[str, str]:
    """Return what differs for the worker of an xdist run with this number, from 0.

    Its databases get names of their own from pytest-django. Number 0 of Redis is left to the
    controller.
    """
    home = Path(os.environ["VOICECLONE_HOME"], f"gw{number}")
    home.mkdir(exist_ok=True)
    # Inherited, the settings module would be imported before the worker's conftest has put the
    # project on its path.
    differing = {"VOICECLONE_HOME": str(home), "DJANGO_SETTINGS_MODULE": ""}
    if url := os.environ.get("REDIS_URL"):
        differing["REDIS_URL"] = with_redis_database(url, number + 1)
    return differing


def with_redis_database(url: str, number: int) -> str:
    """Return the address of another database of the same Redis, counted on from ``url``'s."""
    parts = urlsplit(url)
    first = int(parts.path.strip("/") or 0)
    return urlunsplit(parts._replace(path=f"/{first + number}"))
