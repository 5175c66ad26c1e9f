"""Signed, expiring addresses of stored audio, and the view that serves them.

The token in an address says which file, of which type, until when. Without one nothing
is served. Expiry is rounded up to the hour, so that an address stays the same for a while
and can be cached.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.conf import settings
from django.core import signing
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from voiceclone.ranges import UnsatisfiableRangeError, parse_range

_SALT = "voiceclone.files"
_ROUNDING = 3600
_BLOCK = 64 * 1024


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A stored file as somebody outside may have it."""

    name: str
    content_type: str
    headers: dict[str, str]


def signed_url(file: SharedFile, *, seconds: float | None = None) -> str:
    """Return an absolute address of ``file`` that works for at least ``seconds``."""
    lifetime = settings.AUDIO_URL_SECONDS if seconds is None else seconds
    expires = math.ceil((time.time() + lifetime) / _ROUNDING) * _ROUNDING
    token = signing.dumps(
        {"n": file.name, "t": file.content_type, "h": file.headers, "e": expires}, salt=_SALT
    )
    return f"{settings.PUBLIC_URL}/files/{token}/{file.name.rpartition('/')[2]}"


@require_safe
def serve(request: HttpRequest, token: str, **_ignored: Any) -> HttpResponseBase:
    """Serve what a token allows: whole, or the byte range asked for."""
    try:
        said = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        raise Http404 from None
    if said["e"] < time.time():
        return HttpResponse("This address has expired.\n", status=410, content_type="text/plain")
    if settings.S3_BUCKET:
        url = default_storage.url(
            said["n"],
            parameters={"ResponseContentType": said["t"]},
            expire=int(said["e"] - time.time()),
        )
        return HttpResponseRedirect(url)
    try:
        size = default_storage.size(said["n"])
        file = default_storage.open(said["n"])
    except FileNotFoundError:
        raise Http404 from None
    response = _ranged(request.headers.get("Range", ""), file, size)
    response.headers["Content-Type"] = said["t"]
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Disposition"] = "inline"
    response.headers["Cache-Control"] = "private, max-age=3600"
    for name, value in said["h"].items():
        response.headers[name] = value
    return response


def _ranged(header: str, file: BinaryIO, size: int) -> HttpResponseBase:
    try:
        wanted = parse_range(header, size)
    except UnsatisfiableRangeError:
        file.close()
        refusal = HttpResponse(status=416)
        refusal.headers["Content-Range"] = f"bytes */{size}"
        return refusal
    first, last = wanted or (0, size - 1)
    response = StreamingHttpResponse(_blocks(file, first, last), status=206 if wanted else 200)
    response.headers["Content-Length"] = str(last - first + 1)
    if wanted:
        response.headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response


def _blocks(file: BinaryIO, first: int, last: int) -> Iterator[bytes]:
    with file:
        file.seek(first)
        left = last - first + 1
        while left > 0:
            block = file.read(min(_BLOCK, left))
            if not block:
                return
            left -= len(block)
            yield block
