"""Who is sent something next, and that finding it out costs the same however much is due."""

import json
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from speech.models import Delivery, WebhookEvent, destination_of
from speech.webhooks import due
from speech.webhooks.claiming import LEASE, FairQueue
from speech.webhooks.emit import deliver_once
from speech.webhooks.shares import START, Claim, Lane, Shares
from tests.support.callers import make_caller
from tests.webhooks.conftest import claim, claim_one, happen, register

pytestmark = pytest.mark.anydb


class Process:
    """The shares and the queue of a scheduler's process."""

    def __init__(self, slots: int = 16) -> None:
        self.shares = Shares(slots)
        self.queue = FairQueue(self.shares)

    def claims(self, most: int) -> list[Claim]:
        claims = self.queue.claim(most)
        for one in claims:
            self.shares.begin(one)
        return claims

    def destinations(self, most: int) -> list[str]:
        return [one.lane.destination for one in self.claims(most)]

    def allow(self, lane: Lane, more: int) -> None:
        """Have ``more`` deliveries of a lane arrive."""
        for _ in range(more):
            arrived = Claim("", 1, lane)
            self.shares.begin(arrived)
            self.shares.end(arrived, delivered=True)


def once(workspace, url: str) -> Delivery:
    with transaction.atomic():
        return deliver_once(workspace=workspace, url=url, event_type="speech.completed", data={})


def many(registered, count: int, due_in: timedelta = timedelta(seconds=-1)) -> None:
    """Have so many deliveries wait for an endpoint."""
    endpoint = registered.endpoint
    event = {"workspace_id": endpoint.workspace_id, "type": "credits.low", "data": {}}
    events = WebhookEvent.objects.bulk_create(WebhookEvent(**event) for _ in range(count))
    Delivery.objects.bulk_create(
        Delivery(
            workspace_id=endpoint.workspace_id,
            event=one,
            endpoint=endpoint,
            destination=endpoint.pk,
            form="native",
            next_attempt_at=timezone.now() + due_in,
        )
        for one in events
    )


def test_workspaces_and_destinations_take_turns(ada, grace, hook, receivers):
    second = register(ada.workspace, receivers())
    hers = register(grace.workspace, receivers())
    for _ in range(3):
        happen(ada.workspace)
        happen(grace.workspace)
    process = Process()
    order = [process.destinations(1)[0] for _ in range(6)]
    adas = {hook.endpoint.pk, second.endpoint.pk}
    assert order[1:4:2] == [hers.endpoint.pk] * 2
    assert {order[0], order[2]} == {order[4], order[5]} == adas  # Grace's has its two


def test_a_batch_is_divided_between_workspaces(ada, grace, hook, receivers):
    hers = register(grace.workspace, receivers())
    process = Process(64)
    for one in (hook, hers):
        many(one, 20)
        process.allow(Lane(one.endpoint.workspace_id, one.endpoint.pk), 20)
    batch = process.destinations(10)
    assert {one: batch.count(one) for one in batch} == {hook.endpoint.pk: 5, hers.endpoint.pk: 5}


def test_a_workspace_has_at_most_half_of_the_slots_in_flight(ada, receivers):
    for _ in range(6):
        register(ada.workspace, receivers())
    happen(ada.workspace)
    happen(ada.workspace)
    process = Process(8)
    assert len(process.claims(8)) == 4
    assert process.claims(8) == []


def test_a_destination_begins_with_two_and_has_at_most_a_quarter(hook):
    many(hook, 40)
    process = Process(40)
    claims = process.claims(40)
    assert len(claims) == START
    for one in claims:
        process.shares.end(one, delivered=True)
    assert len(process.claims(40)) == 4  # one more for each that arrived
    process.allow(claims[0].lane, 40)
    assert len(process.claims(40)) == 10 - 4


def test_a_failure_halves_what_a_destination_may_have_in_flight():
    process, lane = Process(80), Lane("w", "e")
    process.allow(lane, 50)
    rooms = [process.shares.room_on(lane)]
    for _ in range(5):
        failed = Claim("", 1, lane)
        process.shares.begin(failed)
        process.shares.end(failed, delivered=False)
        rooms.append(process.shares.room_on(lane))
    assert rooms == [20, 10, 5, 2, 2, 2]


def test_a_dead_one_request_url_leaves_the_others_their_turn(ada):
    for _ in range(30):
        once(ada.workspace, "https://dead.example.com/a")
    once(ada.workspace, "https://well.example.com/b")
    process = Process(64)
    claimed = process.destinations(64)
    assert sorted(claimed) == ["dead.example.com"] * START + ["well.example.com"]
    once(ada.workspace, "https://other.example.com/b")
    assert process.destinations(64) == ["other.example.com"]


@pytest.mark.parametrize(
    ("url", "destination"),
    [
        ("https://Hooks.Example.com/a?b", "hooks.example.com"),
        ("https://hooks.example.com:8443/", "hooks.example.com:8443"),
        ("http://[2001:db8::1]:81/", "[2001:db8::1]:81"),
        ("http://[broken", "-"),
        ("", "-"),
        ("https://" + "x" * 300 + "/", "x" * 260),
    ],
)
def test_a_one_request_url_is_sent_by_its_host(url, destination):
    assert destination_of(url) == destination


def test_within_a_destination_the_oldest_is_first(ada, hook):
    first, second = happen(ada.workspace), happen(ada.workspace)
    order = [Delivery.objects.get(pk=one.delivery_id).event_id for one in claim(2)]
    assert order == [first.pk, second.pk]


def test_what_is_not_yet_due_is_left_alone(ada, hook):
    many(hook, 1, due_in=timedelta(seconds=5))
    assert claim_one() is None


def test_a_claim_is_a_lease_after_which_the_delivery_is_due_again(ada, hook):
    happen(ada.workspace)
    claimed = claim_one()
    row = Delivery.objects.get(pk=claimed.delivery_id)
    assert (row.attempt, row.tries) == (1, 1)
    assert row.lease_until == row.next_attempt_at
    assert abs(row.lease_until - timezone.now() - LEASE) < timedelta(seconds=30)
    assert claim_one() is None


def test_a_lease_goes_by_the_clock_of_the_database(ada, hook, monkeypatch):
    happen(ada.workspace)
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=1))
    claimed = claim_one()  # by a machine that is a day ahead
    monkeypatch.undo()
    row = Delivery.objects.get(pk=claimed.delivery_id)
    assert row.lease_until - timezone.now() < LEASE + timedelta(seconds=30)
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=1))
    assert claim_one() is None
    happen(ada.workspace)  # and by a web process that is a day ahead
    assert claim_one() is not None


def test_a_lease_is_exact_to_the_millisecond(ada, hook):
    ends = set()
    for _ in range(5):
        happen(ada.workspace)
        row = Delivery.objects.get(pk=claim_one().delivery_id)
        ends.add(row.lease_until.microsecond)
    assert ends != {0}


@pytest.mark.django_db
def test_every_workspace_has_its_turn_however_many_there_are(receivers, monkeypatch):
    monkeypatch.setattr(due, "LOOK", 3)
    receiver = receivers()
    for number in range(8):
        one = register(make_caller(f"Workspace {number}").workspace, receiver)
        many(one, 1, due_in=timedelta(days=number % 2, seconds=-1))
    process = Process(64)
    assert len({one.lane for _ in range(4) for one in process.claims(1)}) == 4
    assert process.claims(1) == []


def test_every_destination_has_its_turn_however_many_there_are(ada, monkeypatch):
    monkeypatch.setattr(due, "LOOK", 3)
    for number in range(40):
        once(ada.workspace, f"https://h{number}.example.com/")
    Delivery.objects.exclude(url__contains="9").update(next_attempt_at=timezone.now() + LEASE)
    process = Process(64)
    found = [one for _ in range(20) for one in process.destinations(1)]
    assert sorted(found) == [f"h{one}.example.com" for one in (19, 29, 39, 9)]


def test_a_delivery_that_an_earlier_release_wrote_is_sent(ada, hook):
    happen(ada.workspace)
    Delivery.objects.update(destination="-")
    assert claim_one() is not None


def explained(query: str) -> tuple[str, int]:
    """Return how a query is carried out, and how many rows it read (-1 on SQLite)."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {query.replace('%', '%%')}")
            return "\n".join(row[3] for row in cursor.fetchall()), -1
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}")
        (found,) = cursor.fetchone()
    plan = json.loads(found) if isinstance(found, str) else found
    return json.dumps(plan), read_by(plan[0]["Plan"])


def read_by(node) -> int:
    """Return how many rows the scans of a plan brought."""
    below = sum(read_by(one) for one in node.get("Plans", ()))
    own = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return below + (own * node["Actual Loops"] if "Index Name" in node else 0)


def queries_of_a_claim(most: int) -> list[str]:
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        assert FairQueue(Shares(64)).claim(most)
        transaction.set_rollback(True)
    return [
        one["sql"] for one in captured.captured_queries
        if one["sql"].lstrip().startswith(("SELECT", "WITH"))
    ]  # fmt: skip


@pytest.mark.parametrize("waiting", [50, 5000])
def test_a_claim_reads_as_much_however_many_deliveries_are_due(ada, hook, receivers, waiting):
    second = register(ada.workspace, receivers())
    many(hook, waiting)
    many(second, 3)
    many(second, 3, due_in=timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE speech_delivery")
    queries = queries_of_a_claim(4)
    assert len(queries) == 4  # workspaces, destinations, and the heads of two lanes
    for query in queries:
        if waiting == 5000:  # of a small table an index is not worth its while
            plan, rows = explained(query)
            assert "Seq Scan" not in plan
            assert "SCAN speech_delivery" not in plan
            assert "speech_delivery_due" in plan
            assert rows <= 20
