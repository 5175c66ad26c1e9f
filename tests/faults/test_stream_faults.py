"""Streams of an installation that is broken: what was not sent is neither hidden nor paid."""

import pytest
import requests

from tests.faults.installation import Installation, Tenant, wait_for
from tests.faults.mischief import storage_taken_away

pytestmark = pytest.mark.xdist_group("faults")


class Listener:
    """A customer who has begun to be sent audio."""

    def __init__(self, installation: Installation, ada: Tenant, pause: str) -> None:
        self._installation = installation
        self._ada = ada
        self._before = ada.credits()
        body = {
            "model": "tts-chatterbox-hd",
            "voice": "alloy",
            "input": f"This much is on its way. {{{pause}}} This was to come later.",
            "response_format": "pcm",
            "streaming": True,
        }
        reply = ada.http.post(f"{ada.url}/v1/audio/speech", json=body, stream=True, timeout=60)
        assert reply.status_code == 200, reply.text
        self.speech = reply.headers["x-speech-id"]
        self._blocks = reply.iter_content(None)
        assert next(self._blocks)
        wait_for(lambda: self._row("delivered"), seconds=20, what="a note of what was sent")

    def _row(self, columns: str) -> tuple:
        query = f"SELECT {columns} FROM speech_speech WHERE id = '{self.speech}'"
        row = self._installation.query(query)[0]
        return row if any(row) else ()

    def hears_it_break(self) -> None:
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            list(self._blocks)

    def pays_for_what_came(self, state: str, code: str) -> None:
        """The speech ends so, charged once, with what did not come given back."""
        wait_for(lambda: self._row("finished_at"), seconds=40, what="its end")
        assert self._row("state, error_code") == (state, code)
        cost, delivered, refunded = self._row("cost, delivered, refunded")
        assert 0 < delivered < cost
        assert refunded == cost - delivered
        assert self._ada.credits() == self._before - delivered
        assert sorted(self._ada.entries(self.speech)) == ["charge", "refund"]


def test_a_stream_whose_worker_is_killed_breaks_off(
    installation: Installation, ada: Tenant
) -> None:
    worker = installation.start_worker()
    listener = Listener(installation, ada, "slow 40")
    worker.kill()
    replacement = installation.start_worker("replacement")
    listener.hears_it_break()
    listener.pays_for_what_came("FAILED", "STREAM_BROKEN")
    replacement.stop()


def test_a_stream_whose_audio_cannot_be_stored_is_not_called_whole(
    installation: Installation, ada: Tenant
) -> None:
    worker = installation.start_worker()
    listener = Listener(installation, ada, "slow 6")
    with storage_taken_away(installation):
        listener.hears_it_break()
        listener.pays_for_what_came("FAILED", "STREAM_BROKEN")
    worker.stop()
