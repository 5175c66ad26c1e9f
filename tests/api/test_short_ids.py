"""Short ids of voices: two draws may be the same, and no request fails for it."""

from collections.abc import Callable, Iterator

import pytest
from django.db import IntegrityError, transaction

from tests.speech.asking import ask, handle, once
from tests.support.callers import AARON, Caller
from voices import operations
from voices.models import Voice, VoiceType

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]

SYSTEM = "1fc6c6ab"
"""Aaron's."""


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def begin(*drawn: str) -> None:
        draws: Iterator[str] = iter(drawn)
        monkeypatch.setattr(operations, "new_short_id", lambda: next(draws))

    return begin


def test_an_id_that_is_taken_is_drawn_again(ada: Caller, draw: Callable[..., None]) -> None:
    draw("00000001", "00000001", SYSTEM, "00000002")
    first = Voice.get(ada.clone().json()["voiceId"])
    second = Voice.get(ada.clone().json()["voiceId"])
    assert (first.short_id, second.short_id) == ("00000001", "00000002")
    assert Voice.get(AARON).short_id == SYSTEM


def test_an_id_that_another_request_takes_at_the_same_moment_is_drawn_again(
    ada: Caller, draw: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    draw("00000001", "00000001", "00000002")
    ada.clone()
    find = operations._free_short_id
    monkeypatch.setattr(operations, "_free_short_id", lambda _workspace: operations.new_short_id())
    reply = ada.clone()
    monkeypatch.setattr(operations, "_free_short_id", find)
    assert reply.status_code == 200
    assert Voice.get(reply.json()["voiceId"]).short_id == "00000002"


def test_customers_have_their_short_ids_for_themselves(
    ada: Caller, grace: Caller, draw: Callable[..., None]
) -> None:
    draw("00000001", "00000001")
    for caller in (ada, grace):
        assert Voice.get(caller.clone().json()["voiceId"]).short_id == "00000001"


def test_temporary_voices_have_none_and_so_never_collide(ada: Caller) -> None:
    for _ in range(2):
        ask(ada, voice=once(ada))
        handle(ada)
    temporary = Voice.objects.filter(type__in=(VoiceType.ONCE, VoiceType.HANDLE))
    assert temporary.count() == 4
    assert not temporary.exclude(short_id=None).exists()


def test_a_voice_that_lists_show_has_one(ada: Caller) -> None:
    voice = ada.clone().json()["voiceId"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Voice.objects.filter(pk=voice).update(short_id=None)
