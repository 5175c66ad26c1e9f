"""Headers that the OpenAPI document shows for every dialect."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter


def answered_header(name: str, kind: Any, about: str, status: Any = True) -> OpenApiParameter:  # noqa: FBT002 - the library's word for "all"
    """Return a header that every answer has, or every one of the statuses listed."""
    return OpenApiParameter(
        name, kind, OpenApiParameter.HEADER, response=status, description=about, required=True
    )


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="1 to 255 visible ASCII characters. The same key within 24 hours answers with"
    " what the first request made, as it stands now, and `Idempotent-Replayed: true`.",
)

COMMON_HEADERS = (
    answered_header("X-RateLimit-Limit", OpenApiTypes.INT, "Requests allowed a minute."),
    answered_header("X-RateLimit-Remaining", OpenApiTypes.INT, "Requests left in this minute."),
    answered_header(
        "X-RateLimit-Reset", OpenApiTypes.INT, "When the count starts anew, Unix time."
    ),
    answered_header("x-request-id", OpenApiTypes.STR, "Name it when you ask for help."),
    answered_header("WWW-Authenticate", OpenApiTypes.STR, "`Bearer`.", [401]),
    OpenApiParameter(
        "Retry-After",
        OpenApiTypes.INT,
        OpenApiParameter.HEADER,
        response=[429, 503],
        description="Seconds to wait; on 429 where the rate limit is exceeded only.",
    ),
)
