"""How long a poll takes on the embedded service, alone and while 200 requests wait for their jobs.

They wait for their audio at the Chatterbox endpoint, and their jobs do not end before the last
poll. Both rows come from one service in one run, in turns, so that what else the machine does
falls on both.
"""

import argparse
import select
import socket
import statistics
import tempfile
import time
from pathlib import Path

from tests.faults.installation import wait_for
from tests.support.connections import posted
from tests.waiting.places import Embedded, Gate

_ROUTE = "/v1/chatterbox/text-to-speech"
_QUIET_SECONDS = 1.0  # the workers settle on their first jobs


def polls(place: Embedded, count: int) -> list[float]:
    """Return the seconds that each of some polls of one speech took."""
    seconds = []
    speech = place.ada.get("/tts?limit=1").json()["speeches"][0]["id"]
    for _ in range(count):
        began = time.perf_counter()
        place.ada.speech(speech)
        seconds.append(time.perf_counter() - began)
    return seconds


def waiting(place: Embedded, gate: Gate, count: int) -> list[socket.socket]:
    """Return connections whose requests all wait."""
    text = f"{gate} Hi."
    url, key = place.url + _ROUTE, place.ada.key
    connections = [posted(url, key, {"text": text}) for _ in range(count)]
    wait_for(lambda: place.count(text) == count, seconds=120, what="all requests to wait")
    time.sleep(_QUIET_SECONDS)
    return connections


def measured(place: Embedded, asked: argparse.Namespace) -> tuple[list[float], list[float]]:
    """Return the seconds of polls alone, and of those beside a crowd."""
    alone: list[float] = []
    crowded: list[float] = []
    first = {"text": "The first speech is the one that is polled."}
    place.ada.http.post(place.url + _ROUTE, json=first, timeout=60).raise_for_status()
    polls(place, 20)
    for _ in range(asked.rounds):
        alone += polls(place, asked.polls)
        gate = place.gate()
        connections = waiting(place, gate, asked.requests)
        crowded += polls(place, asked.polls)
        answered, _, _ = select.select(connections, [], [], 0)
        assert not answered, "a request was answered before its job had ended"
        for connection in connections:
            connection.close()
        gate.open()
        wait_for(lambda: not place.in_work(), seconds=120, what="the end of all jobs")
    return alone, crowded


def main() -> None:
    """Measure, and print both side by side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--polls", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        service = Embedded(Path(folder))
        service.embedded.env["SYNC_WAIT_SECONDS"] = "600"  # no request gives up meanwhile
        with service as place:
            alone, crowded = measured(place, asked)
    print(f"{len(alone)} polls each, in {asked.rounds} rounds; milliseconds a poll")
    print(f"{'':28}{'median':>9}{'p99':>9}")
    for name, seconds in (("alone", alone), (f"while {asked.requests} requests wait", crowded)):
        p99 = statistics.quantiles(seconds, n=100)[98]
        print(f"{name:28}{statistics.median(seconds) * 1000:9.1f}{p99 * 1000:9.1f}")


if __name__ == "__main__":
    main()
