"""Reading what makes a request recognisable when it is sent again."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from rest_framework.request import Request
from rest_framework.response import Response

from inference.jobs.idempotency import MalformedKeyError, Once, fingerprint
from voiceclone.api.authentication import key_of

REPLAYED_HEADER = "Idempotent-Replayed"
_WELL_FORMED = re.compile(r"[\x21-\x7e]{1,255}")


def once_of(request: Request, fields: Mapping[str, Any]) -> Once | None:
    """Return how this request would be recognised; None where nobody said it may repeat.

    ``fields`` are the validated ones; files among them count by their content.

    Raises:
        MalformedKeyError: the header is there but cannot be a key.
    """
    key = request.headers.get("Idempotency-Key")
    retries = request.headers.get("x-stainless-retry-count")  # sent by OpenAI's clients
    if key is None and retries is None:
        return None
    if key is not None and not _WELL_FORMED.fullmatch(key):
        raise MalformedKeyError
    files = {name: _digest(file) for name, file in fields.items() if isinstance(file, UploadedFile)}
    plain = {name: value for name, value in fields.items() if name not in files}
    return Once(
        key=key,
        api_key=key_of(request).pk,
        fingerprint=fingerprint(request.method or "", request.path, plain, files),
        is_retry=retries is not None and retries.isdecimal() and retries.strip("0") != "",
    )


def answer(body: dict[str, Any], *, replayed: bool) -> Response:
    """Return a reply, marked where it repeats what an earlier request made."""
    return Response(body, headers={REPLAYED_HEADER: "true"} if replayed else None)


def _digest(file: "UploadedFile[Any]") -> bytes:
    digest = hashlib.sha256()
    for block in file.chunks():
        digest.update(block)
    file.seek(0)
    return digest.digest()
