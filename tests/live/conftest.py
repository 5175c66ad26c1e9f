from collections.abc import Iterator
from typing import Any

import pytest

from inference import redis_client, topics
from inference.breaker import Breaker
from inference.live import local, remote


@pytest.fixture(autouse=True)
def _redis_is_believed_in(monkeypatch: Any) -> Iterator[None]:
    """Have no test suffer from what another did to its Redis."""
    fresh = Breaker(rest_seconds=0.2)
    for module in (redis_client, remote, topics):
        monkeypatch.setattr(module, "redis_breaker", fresh)
    yield
    local._streams.clear()
    local._newest.clear()
