def limit_headers(limit: int, remaining: int, resets_in: int) -> dict[str, str]:
    """Return a rate limit as OpenAI words it; ``resets_in`` is in seconds."""
    return {
        "x-ratelimit-limit-requests": str(limit),
        "x-ratelimit-remaining-requests": str(remaining),
        "x-ratelimit-reset-requests": f"{resets_in}s",
    }
