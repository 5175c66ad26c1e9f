import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from voiceclone.secret_key import check_secret_key

ROOT = Path(__file__).resolve().parent.parent.parent
GOOD = "k3hT-8bWq_Zr5mYx2LpVc9NdJfGs6AeQ"


@pytest.mark.parametrize(
    "key", ["", "abc", GOOD[:-1], "REPLACE_ME", "REPLACE_ME" * 5, "replace-me-" + GOOD, "a" * 60,
            "django-insecure-" + GOOD, "change me change me change me change me"],
)  # fmt: skip
def test_a_key_that_can_be_guessed_is_refused(key: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"VOICECLONE_SECRET_KEY .* make one with: "):
        check_secret_key(key)


def test_a_key_of_32_characters_is_taken() -> None:
    check_secret_key(GOOD)


@pytest.mark.parametrize(
    "command", [("manage.py", "check"), ("-c", "import voiceclone.asgi"), ("manage.py", "worker")]
)
@pytest.mark.parametrize("key", ["abc", "REPLACE_ME"])
def test_production_does_not_start_with_one_and_says_so_in_one_line(
    command: tuple[str, ...], key: str, tmp_path: Path
) -> None:
    done = started(command, tmp_path, VOICECLONE_SECRET_KEY=key)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("voiceclone: VOICECLONE_SECRET_KEY ")


def test_earlier_keys_may_be_anything(tmp_path: Path) -> None:
    kept = {"VOICECLONE_SECRET_KEY": GOOD, "VOICECLONE_SECRET_KEY_FALLBACKS": "abc"}
    done = started(("manage.py", "check"), tmp_path, **kept)
    assert done.returncode == 0, done.stderr


def test_nobody_starts_with_the_value_of_the_example() -> None:
    example = (ROOT / "deploy" / "voiceclone.env.example").read_text()
    written = re.search(r"^VOICECLONE_SECRET_KEY=(.*)$", example, re.MULTILINE)
    assert written is not None
    with pytest.raises(ImproperlyConfigured):
        check_secret_key(written[1])


def started(
    command: tuple[str, ...], home: Path, **settings: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "voiceclone.settings",
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "VOICECLONE_HOME": str(home),
            **settings,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
