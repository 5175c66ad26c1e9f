"""What programs in browsers may send and read where ``VOICECLONE_CORS_ORIGINS`` lets them in.

Keys come in headers, never in cookies, so that no credentials are allowed and wildcards work.
"""

URLS = r"^/(api|v1|v2|files)/"
"""The API mounts and the audio files."""

ALLOWED_HEADERS = ("authorization", "*")
"""Every header; the wildcard alone leaves out the first."""

EXPOSED_HEADERS = (
    "content-disposition",
    "content-length",
    "content-range",
    "idempotent-replayed",
    "retry-after",
    "www-authenticate",
    "x-credits-used",
    "x-engine",
    "x-language",
    "x-model",
    "x-ratelimit-limit",
    "x-ratelimit-limit-requests",
    "x-ratelimit-remaining",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-reset",
    "x-ratelimit-reset-requests",
    "x-request-id",
    "x-seed",
    "x-should-retry",
    "x-speech-id",
)
