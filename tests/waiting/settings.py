"""The service's own settings, with routes that wait."""

from voiceclone.settings import *  # noqa: F403

ROOT_URLCONF = "tests.waiting.urls"
