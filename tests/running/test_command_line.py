"""``manage.py`` names the database it works on, and makes none where none was meant."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.repository import ROOT

COMMANDS = [
    ["audit_ledger"],
    ["check_storage"],
    ["migrate"],
    ["grant_credits", "W", "5", "--reason", "Ticket 9"],
    ["createsuperuser"],
    ["scheduler"],
    ["collectstatic", "--noinput"],
]


def manage(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **settings},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each[0])
def test_without_a_database_it_says_so_in_one_line_and_leaves_nothing_behind(
    command: list[str], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    done = manage(*command, VOICECLONE_HOME=str(home))
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert f"there is no database {home}/voiceclone.sqlite3" in line
    assert "deploy/manage" in line
    assert not home.exists()


def test_a_flag_makes_a_database_which_every_command_names(tmp_path: Path) -> None:
    here = {"VOICECLONE_HOME": str(tmp_path)}
    made = manage("migrate", "--verbosity", "0", VOICECLONE_ALLOW_SQLITE="1", **here)
    assert made.returncode == 0, made.stderr
    for command in ("audit_ledger", "check_storage"):
        done = manage(command, **here)
        assert done.returncode == 0, done.stderr
        assert done.stderr.splitlines()[0] == (
            f"voiceclone: the database is {tmp_path}/voiceclone.sqlite3"
        )


@pytest.mark.parametrize("command", ["audit_ledger", "check_storage", "createsuperuser"])
def test_an_empty_database_is_said_to_be_empty(command: str, tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "voiceclone.sqlite3").execute("CREATE TABLE t (x)").close()
    done = manage(command, VOICECLONE_HOME=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.splitlines()[1:] == [
        "voiceclone: the database is empty: run `manage.py migrate` first"
    ]


def test_a_password_is_never_shown_and_an_absent_server_is_one_line(tmp_path: Path) -> None:
    done = manage(
        "audit_ledger",
        DATABASE_URL="postgres://ada:s3cr%23t@127.0.0.1:1/voices?sslmode=disable",
        REDIS_URL="redis://127.0.0.1:1/0",
        VOICECLONE_SECRET_KEY="k3hT-8bWq_Zr5mYx2LpVc9NdJfGs6AeQ",
        VOICECLONE_HOME=str(tmp_path),
    )
    assert done.returncode == 1
    named, failed = done.stderr.splitlines()
    assert named == "voiceclone: the database is postgres://127.0.0.1:1/voices"
    assert failed.startswith("voiceclone: the database cannot be used: ")
    assert "s3cr" not in done.stderr


def test_what_works_on_the_source_needs_no_database(tmp_path: Path) -> None:
    done = manage("makemigrations", "--check", "--dry-run", VOICECLONE_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr


def test_the_wrapper_reads_its_file_as_data(tmp_path: Path) -> None:
    root = tmp_path / "source"
    (root / "deploy").mkdir(parents=True)
    (root / ".venv" / "bin").mkdir(parents=True)
    (root / "deploy" / "manage").write_text((ROOT / "deploy" / "manage").read_text())
    python = root / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\nprintf "%s|" "$@" "$PASSWORD" "$URL"\n')
    python.chmod(0o755)
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    for name, text in {"id": "echo 1000", "runuser": "exit 9"}.items():
        (bin_ / name).write_text(f"#!/bin/sh\n{text}\n")
        (bin_ / name).chmod(0o755)
    file = tmp_path / "voiceclone.env"
    file.write_text("# a comment\n\nPASSWORD=a$(touch hacked) `b` $HOME 'c\nURL=x://y?a=1&b=2")
    program = ["sh", str(root / "deploy" / "manage"), "grant_credits", "W", "two words"]
    environment = {"PATH": f"{bin_}:{os.environ['PATH']}", "VOICECLONE_ENV": str(file)}
    done = subprocess.run(
        program, env=environment, capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.stdout == (
        "manage.py|grant_credits|W|two words|a$(touch hacked) `b` $HOME 'c|x://y?a=1&b=2|"
    ), done.stderr


def test_static_files_are_collected_without_a_word_about_doubles(tmp_path: Path) -> None:
    done = manage(
        "collectstatic", "--noinput", "--dry-run",
        REDIS_URL="redis://127.0.0.1:1/0",
        VOICECLONE_ALLOW_SQLITE="1",
        VOICECLONE_SECRET_KEY="k3hT-8bWq_Zr5mYx2LpVc9NdJfGs6AeQ",
        VOICECLONE_HOME=str(tmp_path),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "voiceclone/static/voiceclone/site.css" in done.stdout
    assert "Found another file" not in done.stdout
