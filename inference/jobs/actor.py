"""The one actor: it does jobs, each in its turn, until none may run or the worker drains."""

import threading

import dramatiq
from django.db import close_old_connections

from inference.jobs.runner import run_claimed
from inference.jobs.turns import claim_next
from inference.jobs.wake import ACTOR, QUEUE

_draining = threading.Event()


@dramatiq.actor(actor_name=ACTOR, queue_name=QUEUE)
def do_jobs() -> None:
    """Do what there is to do."""
    while not _draining.is_set():
        held = claim_next()
        if held is None:
            return
        run_claimed(held)
        close_old_connections()


def begin_to_drain() -> None:
    """Have each thread of this process finish its job and take no other."""
    _draining.set()


def end_drain() -> None:
    """Take jobs again."""
    _draining.clear()
