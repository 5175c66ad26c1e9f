"""Where audio is stored: a folder, or a bucket in S3 or what speaks like it.

Every stored file has a name of its own, which no other writer can choose, so nothing is ever
overwritten. S3's ``file_overwrite`` therefore stays on: off, each save would ask for the name
first, and two that ask at once would both be told that it is free.
"""

from pathlib import Path
from typing import Any

CONNECT_SECONDS = 2.0
READ_SECONDS = 5.0
"""How long S3 may be silent: while it is sent a block of a request, and while it answers."""
ATTEMPTS = 2
_PAUSE_SECONDS = 1.0
_REQUEST_SECONDS = ATTEMPTS * (CONNECT_SECONDS + READ_SECONDS) + (ATTEMPTS - 1) * _PAUSE_SECONDS
SILENT_SECONDS = 3 * _REQUEST_SECONDS + READ_SECONDS
"""The longest that S3 can keep a job waiting without a sign of life.

That is when a file is read: it is asked for twice, then fetched, and may stop short of its end.
Storing a file is one request.
"""
_MEMORY_BYTES = 8 * 1024 * 1024
_WHOLE_BYTES = 5 * 1024**3


def in_folder(folder: Path) -> dict[str, Any]:
    """Return the entry of STORAGES for files in ``folder``, which only we may read."""
    return {
        "BACKEND": "voiceclone.folder_storage.FolderStorage",
        "OPTIONS": {
            "location": folder,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }


def in_bucket(
    bucket: str, *, endpoint_url: str = "", region: str = "", connections: int = 10
) -> dict[str, Any]:
    """Return the entry of STORAGES for private objects in ``bucket``.

    A save is one request, whatever its size: the parts of a divided one would be sent one after
    another before the last request, each with timeouts of its own.
    """
    from boto3.s3.transfer import TransferConfig  # noqa: PLC0415 - slow, and needed here alone
    from botocore.config import Config  # noqa: PLC0415

    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": endpoint_url or None,
            "region_name": region or None,
            "default_acl": None,
            "querystring_auth": True,
            "file_overwrite": True,
            "max_memory_size": _MEMORY_BYTES,
            "client_config": Config(
                signature_version="s3v4",
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
                max_pool_connections=connections,
            ),
            "transfer_config": TransferConfig(
                multipart_threshold=_WHOLE_BYTES, num_download_attempts=1
            ),
        },
    }
