"""Many requests that wait at once, on the embedded service with four threads."""

import select
import socket

import pytest

from tests.faults.installation import wait_for
from tests.waiting.places import Place

pytestmark = pytest.mark.xdist_group("waiting")

CROWD = 200


def test_two_hundred_that_wait_leave_polls_answered(embedded: Place) -> None:
    ada, gate = embedded.ada, embedded.gate()
    text = f"{gate} Hi."
    connections = [ada.connect(text) for _ in range(CROWD)]
    try:
        wait_for(lambda: embedded.count(text) == CROWD, seconds=60, what="all of them")
        for _ in range(20):
            page = ada.get("/tts?status=PROCESSING&limit=1").json()
            assert page["pagination"]["total"] == CROWD
        answered, _, _ = select.select(connections, [], [], 0)
        assert answered == [], "some were answered before their jobs had ended"
        gate.open()
        assert [_status(connection) for connection in connections] == [200] * CROWD
    finally:
        gate.open()
        for connection in connections:
            connection.close()


def _status(connection: socket.socket) -> int:
    with connection.makefile("rb") as answer:
        return int(answer.readline().split()[1])
