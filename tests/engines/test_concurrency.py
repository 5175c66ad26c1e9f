"""Requests that run at once never mix: heard on the audio itself."""

import threading

import pytest

from inference.engines.espeak.system_voices import SYSTEM_VOICES, system_prompt
from tests.engines import judge
from tests.engines.conftest import spoken

TEXT = "These days a chicken leg is a rare dish, and rice is often served in round bowls."
VOICES = [
    voice
    for voice in SYSTEM_VOICES
    if voice.name
    in {
        "Aaron",
        "Adam",
        "Adrian",
        "Albert",
        "Arthur",
        "Abigail",
        "Amy",
        "Betty",
    }
]


def test_thirty_two_requests_in_eight_voices_never_mix(engine):
    assert len(VOICES) == 8
    alone = {voice.name: spoken(engine, TEXT, system_prompt(voice.name)) for voice in VOICES}
    together = {}
    gate = threading.Barrier(32)

    def request(number):
        name = VOICES[number % 8].name
        gate.wait()
        together[number] = (name, spoken(engine, TEXT, system_prompt(name)))

    threads = [threading.Thread(target=request, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(together) == 32
    by_name = {voice.name: voice for voice in VOICES}
    for name, audio in together.values():
        assert audio.tobytes() == alone[name].tobytes(), name
        assert judge.median_pitch(audio) == pytest.approx(by_name[name].hertz, rel=0.06), name
