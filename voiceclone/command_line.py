"""``manage.py``: says which database a command works on, and makes none by accident."""

import sys
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line, get_commands
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

from voiceclone import env

_ROOT = Path(__file__).resolve().parent.parent
# What works on the source alone, so that any database will do.
_SOURCE_ONLY = {"", "help", "version", "makemigrations", "spectacular", "compilemessages"}
_OF_DJANGO = {"createsuperuser", "changepassword", "clearsessions", "dumpdata", "loaddata"}
_OURS = {"accounts", "billing", "inference", "voices", "speech", "voiceclone"}
# These run for long, and wait for a database that is down.
_PATIENT = {"worker", "scheduler"}


def run(arguments: list[str]) -> None:
    """Run the command that ``arguments`` (the whole ``sys.argv``) name.

    It names the database on stderr first, and ends in one line with status 1 where the
    command has none to work on.
    """
    words = arguments[1:]
    command = "" if not words or words[0].startswith("-") else words[0]
    try:
        if command not in _SOURCE_ONLY and not {"--help", "-h"} & set(words):
            _prepare(command)
        execute_from_command_line(arguments)
    except ImproperlyConfigured as error:
        _stop(str(error))


def _prepare(command: str) -> None:
    url = env.text("DATABASE_URL")
    file = env.folder("VOICECLONE_HOME", _ROOT / "var") / "voiceclone.sqlite3"
    if not url and not env.flag("VOICECLONE_ALLOW_SQLITE", default=False) and not _exists(file):
        _stop(
            f"DATABASE_URL is not set and there is no database {file}: run deploy/manage, which"
            " loads the service's environment, or set VOICECLONE_HOME to the folder of a"
            " service that was started with `make run`; VOICECLONE_ALLOW_SQLITE=1 makes a new one"
        )
    django.setup()
    _say(f"the database is {_without_password(url) if url else file}")
    if command in _OF_DJANGO or get_commands().get(command) in _OURS:
        _check_migrated(patient=command in _PATIENT)


def _exists(file: Path) -> bool:
    try:
        return file.exists()
    except OSError as error:
        _stop(f"{file} cannot be read ({error.strerror})")


def _without_password(url: str) -> str:
    try:
        parts = urlsplit(url)
        place = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or "localhost"
    except ValueError:
        return "what DATABASE_URL names"
    return f"{parts.scheme}://{place}{parts.path}"


def _check_migrated(*, patient: bool) -> None:
    try:
        migrated = MigrationRecorder(connection).has_table()
    except DatabaseError as error:
        if not patient:
            _stop(f"the database cannot be used: {' '.join(str(error).split())}")
        return
    finally:
        connection.close()
    if not migrated:
        _stop("the database is empty: run `manage.py migrate` first")


def _say(message: str) -> None:
    sys.stderr.write(f"voiceclone: {message}\n")


def _stop(message: str) -> NoReturn:
    _say(message)
    raise SystemExit(1)
