"""What a tick of the scheduler's housekeeping costs beside many rows.

First nothing is due: every result is kept, or deleted and waiting for its row to go. Then a
backlog is made of each kind, and batches are timed. The files that rows name do not exist, so
their removal costs next to nothing here.
"""

import statistics
import time
from collections.abc import Iterator

from django.conf import settings

from benchmarks.background.backlogs import BACKLOGS, Task
from benchmarks.background.filling import fill, run_sql
from benchmarks.background.rows import Row
from inference.housekeeping import BATCH
from tests.support.many import analyze
from voiceclone.running.housekeeping import TASKS

WORKSPACES = 1_000
SPEECHES = 1_000_000
CALLS = 300_000
GOAL_MS = 50.0
_TICKS = 7
_BATCHES = 5


def measure(scale: float) -> Iterator[Row]:
    """Yield the times of idle ticks, and of batches where there is a backlog, in ms."""
    settings.RETENTION_SPEECH_DAYS = 7
    settings.RETENTION_REFERENCE_DAYS = 30
    calls, speeches = round(CALLS * scale), round(SPEECHES * scale)
    yield Row("rows made", fill(max(round(WORKSPACES * scale), 2), speeches, calls), "s")
    idle = {task: _median(task, _TICKS, more=False) for task in TASKS}
    for task, milliseconds in idle.items():
        yield Row(f"nothing to do: {task.__name__}", milliseconds, "ms")
    with_rows = f"{calls:,} calls, {speeches:,} speeches; goal: under {GOAL_MS:.0f}"
    yield Row("nothing to do: all tasks", sum(idle.values()), "ms", with_rows)
    backlog = max(calls // 10, (_BATCHES + 1) * BATCH)
    for name, task, change in BACKLOGS:
        run_sql(change.format(rows=backlog))
        analyze()
        yield Row(f"a batch of {BATCH}: {name}", _median(task, _BATCHES, more=True), "ms")
        while task():
            pass


def _median(task: Task, times: int, *, more: bool) -> float:
    """Return the median time of a task in ms; each time must end as ``more`` says."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        ended = task()
        taken.append((time.perf_counter() - began) * 1000)
        if ended is not more:
            raise RuntimeError(f"{task.__name__} had {'nothing' if more else 'something'} to do")
    return statistics.median(taken)
