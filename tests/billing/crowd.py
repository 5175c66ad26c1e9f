"""Many at once: threads with a connection each, released together."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection, transaction

Job = Callable[[], object]


def each_in_a_thread(jobs: list[Job]) -> list[object]:
    """Run each job in a thread of its own; return what it returned or raised."""
    start = Barrier(len(jobs))

    def run(job: Job) -> object:
        try:
            connection.ensure_connection()
            start.wait(timeout=60)
            return job()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(run, jobs))


def all_at_once(operations: list[Job]) -> list[object]:
    """Run each operation in a thread and a transaction of its own."""
    return each_in_a_thread([transaction.atomic(operation) for operation in operations])
