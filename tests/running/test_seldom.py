import logging

import pytest

from voiceclone import seldom
from voiceclone.seldom import Seldom


def record(name: str, message: str = "Invalid HTTP_HOST header", level: int = logging.ERROR):
    fault = ValueError("evil")
    return logging.LogRecord(
        name, level, __file__, 1, message, (), (ValueError, fault, fault.__traceback__)
    )


def test_what_anybody_can_cause_is_one_short_line_in_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    filtering = Seldom()
    first = record("django.security.DisallowedHost", "x" * 50_000)
    assert filtering.filter(first)
    assert (first.levelname, first.exc_info, len(first.getMessage())) == ("WARNING", None, 300)
    assert not any(filtering.filter(record("django.security.DisallowedHost")) for _ in range(100))
    assert filtering.filter(record("uvicorn.error", level=logging.WARNING))
    monkeypatch.setattr(seldom.time, "monotonic", lambda: float("inf"))
    assert filtering.filter(record("django.security.DisallowedHost"))


@pytest.mark.parametrize("name", ["django.request", "uvicorn.error", "voiceclone.health"])
def test_faults_of_ours_are_logged_each_time_and_whole(name: str) -> None:
    filtering = Seldom()
    for _ in range(3):
        fault = record(name)
        assert filtering.filter(fault)
        assert fault.exc_info is not None
