"""PostgreSQL and Redis of the benchmark's own, with Django set up on them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.core.management import call_command

from tests.services import environment


@contextmanager
def services() -> Iterator[None]:
    """Start empty servers, migrate, and stop them at the end. Once a process.

    PostgreSQL runs with the settings of the tests: 64 MB of shared buffers and no fsync.
    """
    for name in ("DATABASE_URL", "REDIS_URL", "VOICECLONE_TEST_DATABASE"):
        os.environ.pop(name, None)  # never a database that somebody uses
    os.environ["DJANGO_SETTINGS_MODULE"] = "voiceclone.settings"
    os.environ["LOG_LEVEL"] = "ERROR"
    with environment.prepare():
        django.setup()
        call_command("migrate", verbosity=0)
        yield
