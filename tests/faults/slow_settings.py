"""The service's own settings, on a storage that takes three leases to store a speech."""

from voiceclone.settings import *  # noqa: F403
from voiceclone.settings import STORAGES as _STORAGES

STORAGES = _STORAGES | {
    "default": _STORAGES["default"] | {"BACKEND": "tests.faults.slow_files.SlowStorage"}
}
