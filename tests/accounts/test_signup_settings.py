"""What an installation gives at sign-up, by its environment."""

import os
import subprocess
import sys

import pytest

MANY = {
    "DATABASE_URL": "postgres://nobody@127.0.0.1/nothing",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "VOICECLONE_SECRET_KEY": "a key for tests only, as long as Django wants a key to be",
}
PROGRAM = """
from voiceclone import settings
print(settings.SIGNUP_CREDITS, settings.SIGNUP_CREDITS_UNVERIFIED,
      settings.ACCOUNT_EMAIL_VERIFICATION)
"""


def read(tmp_path, **environment: str) -> subprocess.CompletedProcess[str]:
    plain = {"PATH": os.environ["PATH"], "VOICECLONE_HOME": str(tmp_path)}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=plain | environment,
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "3000 True optional"),
        ({"EMAIL_HOST": "mail.example.com"}, "3000 False mandatory"),
        ({"SIGNUP_CREDITS_UNVERIFIED": "0"}, "3000 False optional"),
        (MANY, "3000 False optional"),
        ({**MANY, "EMAIL_HOST": "mail.example.com"}, "3000 False mandatory"),
        (
            {"EMAIL_HOST": "mail.example.com", "VOICECLONE_EMAIL_VERIFICATION": "optional"},
            "3000 False optional",
        ),
    ],
)
def test_credits_come_unverified_only_where_no_mail_is_sent_by_one_node(
    tmp_path, environment, expected
):
    assert read(tmp_path, **environment).stdout.strip() == expected


def test_in_production_nobody_is_given_credits_for_an_address_that_is_not_confirmed(tmp_path):
    ended = read(tmp_path, **MANY, SIGNUP_CREDITS_UNVERIFIED="1")
    assert ended.returncode != 0
    assert (
        ended.stderr.strip()
        .splitlines()[-1]
        .startswith(
            "django.core.exceptions.ImproperlyConfigured: SIGNUP_CREDITS_UNVERIFIED is for the"
            " embedded service alone"
        )
    )
