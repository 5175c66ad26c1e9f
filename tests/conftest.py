"""Starts what the tests run on before Django's settings, which read it, are imported.

This happens while pytest imports this file, ahead of the conftests in folders below: those may
import models. pytest-django must therefore not be told of the settings any earlier.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.services import environment
from tests.services.postgres import PostgresServer
from tests.services.redis import RedisServer
from tests.services.s3 import KEY, S3Server
from tests.services.shared import SharedPostgres, SharedRedis

IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
USES_DJANGO = "pytest_django.plugin" in sys.modules  # not with `-p no:django`

_running: ExitStack | None = None

if USES_DJANGO:
    import django
    from django.conf import settings

    if settings.configured:
        raise pytest.UsageError(
            "The settings were read before the test services were up: DJANGO_SETTINGS_MODULE "
            "may stand neither in the environment nor in pytest's options. Set it to nothing, "
            "as `make test` does: DJANGO_SETTINGS_MODULE= python -m pytest"
        )
    if not IS_WORKER:
        _running = environment.prepare()
    os.environ["DJANGO_SETTINGS_MODULE"] = "voiceclone.settings"
    django.setup()

    from tests.flushing import let_flushes_through

    let_flushes_through()


def pytest_configure(config: pytest.Config) -> None:
    if _running is not None:
        config.add_cleanup(_running.close)


def pytest_report_header() -> str | None:
    if _running is None:
        return None
    if environment.on_sqlite():
        return "services: none; SQLite and the in-process queue"
    return f"services: {os.environ['DATABASE_URL']} {os.environ['REDIS_URL']}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(specs: list) -> None:
    if _running is None:
        return
    for number, spec in enumerate(specs):
        spec.env.update(environment.of_worker(number))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[SharedPostgres]:
    if url := os.environ.get("DATABASE_URL"):
        yield SharedPostgres(url)
    else:
        with PostgresServer() as server:
            yield SharedPostgres(server.url)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[SharedRedis]:
    if url := os.environ.get("REDIS_URL"):
        yield SharedRedis(url)
    else:
        with RedisServer() as server:
            yield SharedRedis(server.url)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


@pytest.fixture
def bucket(s3_server: S3Server, settings: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Have audio stored in a bucket of the test's own, set up as the settings do it."""
    from voiceclone.storage import in_bucket

    for name, value in KEY.items():
        monkeypatch.setenv(name, value)
    settings.S3_BUCKET = s3_server.new_bucket()
    there = in_bucket(settings.S3_BUCKET, endpoint_url=s3_server.url)
    settings.STORAGES = settings.STORAGES | {"default": there}
    return str(settings.S3_BUCKET)


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """Have audio stored in a folder of the test's own, set up as the settings do it."""
    from voiceclone.storage import in_folder

    settings.STORAGES = settings.STORAGES | {"default": in_folder(tmp_path / "files")}
    return tmp_path / "files"


@pytest.fixture
def overwriting_folder(settings: Any, tmp_path: Path) -> Path:
    """Have audio stored in a folder whose files are overwritten by others of the same name."""
    there = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path / "files", "allow_overwrite": True},
    }
    settings.STORAGES = settings.STORAGES | {"default": there}
    return tmp_path / "files"


@pytest.fixture(params=["folder", "overwriting_folder", "bucket"])
def each_storage(request: pytest.FixtureRequest) -> str:
    """Run a test on each kind of storage."""
    request.getfixturevalue(request.param)
    return str(request.param)


@pytest.fixture
def fresh_postgres() -> Iterator[Callable[[], PostgresServer]]:
    """Start a PostgreSQL of the test's own, to be killed and restarted at will."""
    with ExitStack() as closing:
        yield lambda: closing.enter_context(PostgresServer())


@pytest.fixture
def fresh_redis() -> Iterator[Callable[..., RedisServer]]:
    """Start a Redis of the test's own; ``persistent=True`` has it survive a kill."""
    with ExitStack() as closing:
        yield lambda **options: closing.enter_context(RedisServer(**options))
