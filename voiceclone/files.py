"""Signed, expiring addresses of stored audio, and the view that serves them.

The token in an address says which file, of which type, until when. Without one nothing
is served. Expiry is rounded up to the hour and nothing else in it changes, so that an address
stays the same within the hour and can be cached.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.conf import settings
from django.core import signing
from django.core.files.storage import default_storage
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from voiceclone.ranges import UnsatisfiableRangeError, parse_range

_SIGNER = "voiceclone.files.address"
_STAMPED = "voiceclone.files"
_ROUNDING = 3600
_CACHED = 3600
_REDIRECT_CACHED = 600  # a role's credentials, and what they signed, may end so soon
_LONGEST_PRESIGNED = 7 * 24 * 3600  # the most that S3 allows
_BLOCK = 64 * 1024


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A stored file as somebody outside may have it."""

    name: str
    content_type: str
    headers: dict[str, str]


def signed_url(file: SharedFile, *, seconds: float | None = None) -> str:
    """Return an absolute address of ``file`` that works for at least ``seconds``.

    It is the same for the same file until the full hour at which its end moves on.
    """
    lifetime = settings.AUDIO_URL_SECONDS if seconds is None else seconds
    expires = math.ceil((_now() + lifetime) / _ROUNDING) * _ROUNDING
    token = signing.Signer(salt=_SIGNER).sign_object(
        {"n": file.name, "t": file.content_type, "h": file.headers, "e": expires}
    )
    return f"{settings.PUBLIC_URL}/files/{token}/{_last_part(file.name)}"


@csrf_exempt  # so that another method is told that it is the wrong one
@require_safe
def serve(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """Serve what a token allows: whole, or the byte range asked for."""
    try:
        said = _read(token)
    except signing.BadSignature:
        return _nothing()
    if name != _last_part(said["n"]):
        return _nothing()
    left = int(said["e"] - _now())
    if left <= 0:
        return HttpResponse("This address has expired.\n", status=410, content_type="text/plain")
    if settings.S3_BUCKET:
        return _to_bucket(said, method=str(request.method), left=left)
    try:
        size = default_storage.size(said["n"])
        file: Any = default_storage.open(said["n"])
    except FileNotFoundError:
        return _nothing()
    # If-Range asks for a part of what it names; we name nothing, so it gets the whole.
    wanted = "" if "If-Range" in request.headers else request.headers.get("Range", "")
    response = _ranged(wanted, file, size)
    if request.method == "HEAD":
        response = _headers_of(response, file)
    response.headers["Content-Type"] = said["t"]
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Disposition"] = "inline"
    response.headers["Cache-Control"] = _kept(left)
    for header, value in said["h"].items():
        response.headers[header] = value
    return response


def _now() -> float:
    return time.time()


def _read(token: str) -> dict[str, Any]:
    """Return what a token says; one made before tokens lost their second is still read.

    Raises:
        BadSignature: nobody signed it.
    """
    stamped = token.count(":") == 2  # noqa: PLR2004 - value, second, signature
    said: dict[str, Any] = (
        signing.loads(token, salt=_STAMPED)
        if stamped
        else signing.Signer(salt=_SIGNER).unsign_object(token)
    )
    return said


def _to_bucket(said: dict[str, Any], *, method: str, left: int) -> HttpResponse:
    """Redirect to the object itself; S3 signs the method too, so HEAD gets its own address."""
    storage: Any = default_storage
    url = storage.url(
        said["n"],
        parameters={
            "ResponseContentType": said["t"],
            "ResponseContentDisposition": "inline",
            "ResponseCacheControl": _kept(left),
        },
        expire=min(left, _LONGEST_PRESIGNED),
        http_method=method,
    )
    kept = _kept(min(_REDIRECT_CACHED, left))
    return HttpResponseRedirect(url, headers={"Cache-Control": kept})


def _kept(seconds: int) -> str:
    return f"private, max-age={min(_CACHED, seconds)}"


def _nothing() -> HttpResponse:
    return HttpResponse("There is no such file.\n", status=404, content_type="text/plain")


def _last_part(name: str) -> str:
    return name.rpartition("/")[2]


def _headers_of(response: HttpResponseBase, file: BinaryIO) -> HttpResponse:
    file.close()
    return HttpResponse(status=response.status_code, headers=dict(response.headers))


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
