"""How fast one scheduler delivers webhooks, and what a claim costs beside many that are due."""

import json
import socket
import statistics
import sys
import time
from collections.abc import Iterator

import psycopg

from benchmarks.background.rows import Row
from tests.faults.installation import Installation
from tests.services.ports import free_port

_WARM_SECONDS = 5.0
_MEASURED_SECONDS = 20.0
_BACKLOG = 20_000
_CLAIMS = 30
_BATCH = 16

_MAKE_ENDPOINT = """
from accounts.models import Workspace
from speech.webhooks.endpoints import create_endpoint
workspace = Workspace.objects.get(pk={workspace!r})
print(create_endpoint(workspace=workspace, url={url!r}, events=[])[0].pk)
"""
_FILL = """
WITH event AS (
    INSERT INTO speech_webhookevent (id, workspace_id, type, job_id, data, created_at)
    SELECT 'e' || left(md5(random()::text), 19) || lpad(to_hex(number), 5, '0'),
        %(workspace)s, 'credits.low', '', '{"credits": 999, "threshold": 1000}', now()
    FROM generate_series(1, %(many)s) AS number
    ON CONFLICT DO NOTHING RETURNING id
)
INSERT INTO speech_delivery (id, workspace_id, event_id, endpoint_id, url, destination, form,
    state, attempt, tries, next_attempt_at, created_at)
SELECT 'd' || substr(id, 2), %(workspace)s, id, %(endpoint)s, '', %(endpoint)s, 'native',
    'PENDING', 0, 0, now(), now()
FROM event
"""
_EMPTY = "DELETE FROM speech_deliveryattempt; DELETE FROM speech_delivery"
_DELIVERED = "SELECT count(*) FROM speech_delivery WHERE endpoint_id = '{}' AND state = 'DELIVERED'"


class _Customer:
    """A workspace whose endpoints lie on loopback."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._workspace = installation.manage("create_workspace", "Many events")

    def endpoint(self, port: int) -> str:
        """Make an endpoint and return its id."""
        url = f"http://127.0.0.1:{port}/hooks"
        script = _MAKE_ENDPOINT.format(workspace=self._workspace, url=url)
        return self._installation.manage("shell", "-v", "0", "-c", script)

    def expects(self, endpoint: str, many: int) -> None:
        """Have ``many`` deliveries due."""
        with psycopg.connect(self._installation.postgres.url) as database:
            values = {"workspace": self._workspace, "endpoint": endpoint, "many": many}
            database.execute(_FILL, values)
        with psycopg.connect(self._installation.postgres.url, autocommit=True) as database:
            database.execute("VACUUM ANALYZE")

    def has_nothing_due(self) -> None:
        """Forget all deliveries."""
        with psycopg.connect(self._installation.postgres.url) as database:
            for statement in _EMPTY.split(";"):
                database.execute(statement)


def measure(_scale: float) -> Iterator[Row]:
    """Deliver with a real scheduler to a receiver that answers in 50 ms; then time claims.

    The numbers of rows are fixed.
    """
    answering, silent = free_port(), socket.create_server(("127.0.0.1", 0))
    dead = silent.getsockname()[1]
    hosts = f"127.0.0.1:{answering},127.0.0.1:{dead}"
    with silent, Installation(VOICECLONE_ALLOWED_FETCH_HOSTS=hosts) as installation:
        installation.start("receiver", "-m", "benchmarks.background.receiver", str(answering))
        customer = _Customer(installation)
        good = customer.endpoint(answering)
        customer.expects(good, _BACKLOG)
        goal = "goal: at least 200"
        yield Row(
            "deliveries to one endpoint, one scheduler",
            _rate(installation, good), "deliveries/s", goal,
        )  # fmt: skip
        customer.has_nothing_due()
        customer.expects(customer.endpoint(dead), _BACKLOG)
        customer.expects(good, _BACKLOG)
        yield Row(
            "the same beside a dead address of the workspace",
            _rate(installation, good), "deliveries/s", goal,
        )  # fmt: skip
        for many in (1_000, 100_000):
            customer.has_nothing_due()
            customer.expects(good, many)
            script = "-m", "benchmarks.background.webhooks", good
            process = installation.start(f"claim-{many}", *script)
            process.process.wait()
            figures = json.loads(process.log.read_text().splitlines()[-1])
            yield Row(f"a claim of {_BATCH} deliveries with {many:,} due", figures["claim"], "ms")


def _rate(installation: Installation, endpoint: str) -> float:
    """Return how many deliveries a second reach an endpoint; start and stop a scheduler."""
    scheduler = installation.start_scheduler()

    def delivered() -> tuple[int, float]:
        ((many,),) = installation.query(_DELIVERED.format(endpoint))
        return many, time.monotonic()

    while not delivered()[0]:
        time.sleep(0.1)
    time.sleep(_WARM_SECONDS)
    before, began = delivered()
    time.sleep(_MEASURED_SECONDS)
    after, ended = delivered()
    scheduler.stop()
    return (after - before) / (ended - began)


def _time_claims() -> None:
    """Print the median of some claims, in the environment of an installation."""
    import django  # noqa: PLC0415 - only this process has the settings

    django.setup()
    from django.db import transaction  # noqa: PLC0415

    from speech.webhooks.claiming import FairQueue  # noqa: PLC0415
    from speech.webhooks.shares import Shares  # noqa: PLC0415

    class Open(Shares):
        def room_on(self, _lane: object) -> int:  # as of a receiver that has answered for a while
            return _BATCH

    taken = []
    for _ in range(_CLAIMS):
        with transaction.atomic():
            began = time.monotonic()
            claimed = FairQueue(Open(2 * _BATCH)).claim(_BATCH)
            taken.append((time.monotonic() - began) * 1000)
            assert len(claimed) == _BATCH
            transaction.set_rollback(True)
    print(json.dumps({"claim": statistics.median(taken)}))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _time_claims()
    else:
        for row in measure():
            print(row, flush=True)
