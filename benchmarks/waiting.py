"""How long a poll takes on the embedded service, alone and while 200 requests wait for their jobs.

The jobs do not end before the last poll. Both columns come from one service in one run, in
turns, so that what else the machine does falls on both.
"""

import argparse
import select
import socket
import statistics
import tempfile
import time
from pathlib import Path

from tests.faults.installation import wait_for
from tests.waiting.places import Embedded, Gate

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
    connections = [place.ada.connect(text, cancel=True) for _ in range(count)]
    wait_for(lambda: place.count(text) == count, seconds=120, what="all requests to wait")
    time.sleep(_QUIET_SECONDS)
    return connections


def main() -> None:
    """Measure, and print both side by side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--polls", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    alone: list[float] = []
    crowded: list[float] = []
    with tempfile.TemporaryDirectory() as folder, Embedded(Path(folder)) as place:
        place.ada.ask("The first speech is the one that is polled.").close()
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
    print(f"{len(alone)} polls each, in {asked.rounds} rounds; milliseconds a poll")
    print(f"{'':28}{'median':>9}{'p99':>9}")
    for name, seconds in (("alone", alone), (f"while {asked.requests} requests wait", crowded)):
        p99 = statistics.quantiles(seconds, n=100)[98]
        print(f"{name:28}{statistics.median(seconds) * 1000:9.1f}{p99 * 1000:9.1f}")


if __name__ == "__main__":
    main()
