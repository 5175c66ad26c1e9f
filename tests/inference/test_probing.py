"""Whose turn it is to have a recording looked into."""

import base64
import io
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from inference import probing
from inference.probing import ProbingBusyError, Turns, abandoned, probe_for
from tests.support import recordings
from tests.support.callers import Caller, make_caller

VOICE = {"model": "tts-chatterbox-hd"}


def test_few_are_in_at_a_time_and_the_next_follows() -> None:
    turns = Turns(at_once=1, room=3, room_of_one=3, wait=20)
    entered = threading.Event()

    def waits() -> None:
        with turns.turn("Ada"):
            entered.set()

    with turns.turn("Ada"):
        thread = threading.Thread(target=waits)
        thread.start()
        assert not entered.is_set()
    assert entered.wait(20)
    thread.join()


def test_one_workspace_leaves_room_for_others_and_those_beyond_it_are_refused() -> None:
    turns = Turns(at_once=3, room=3, room_of_one=2, wait=20)
    with turns.turn("Ada"), turns.turn("Ada"):
        with pytest.raises(ProbingBusyError), turns.turn("Ada"):
            pass
        with turns.turn("Bea"), pytest.raises(ProbingBusyError), turns.turn("Cy"):
            pass
    with turns.turn("Ada"), turns.turn("Ada"), turns.turn("Cy"):
        pass


def test_a_turn_that_does_not_come_is_given_up() -> None:
    turns = Turns(at_once=1, room=2, room_of_one=2, wait=0.01)
    with turns.turn("Ada"), pytest.raises(ProbingBusyError), turns.turn("Bea"):
        pass
    with turns.turn("Bea"):
        pass


def test_a_recording_of_a_client_who_is_gone_is_not_looked_into() -> None:
    token = abandoned.set(lambda: True)
    try:
        with pytest.raises(ProbingBusyError):
            probe_for("Ada", io.BytesIO(recordings.wav()))
    finally:
        abandoned.reset(token)


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have others take all the room there is."""
    turns = Turns(at_once=1, room=1, room_of_one=1, wait=0.01)
    monkeypatch.setattr(probing, "turns", lambda: turns)
    with ExitStack() as held:
        held.enter_context(turns.turn("others"))
        yield


@pytest.fixture
def ada(db: None) -> Caller:
    return make_caller("Ada")


@pytest.mark.anydb
@pytest.mark.usefixtures("full")
def test_each_dialect_says_in_its_form_that_too_many_are_being_read(ada: Caller) -> None:
    before = ada.credits()
    native = ada.clone()
    assert native.json()["code"] == "UNAVAILABLE"
    recording = base64.b64encode(recordings.wav(6.0)).decode()
    inline = {"operation": "voice_cloning", "voice_name": "B", "reference_audio": recording}
    runpod = ada.send("/v2/x/run", {"input": inline})
    assert "Please try again" in runpod.json()["error"]
    openai = ada.client.post(
        "/v1/audio/voices", {**VOICE, "file": SimpleUploadedFile("a.wav", recordings.wav(6.0))}
    )
    assert openai.json()["error"]["code"] == "unavailable"
    for reply in (native, runpod, openai):
        assert (reply.status_code, reply.headers["Retry-After"]) == (503, "2")
    assert ada.credits() == before
