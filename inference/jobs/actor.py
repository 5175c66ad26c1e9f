"""The one actor: it does jobs, each in its turn, until none may run or the worker drains."""

import dramatiq
from django.db import close_old_connections

from inference.jobs.draining import is_draining
from inference.jobs.fair_scheduler import claim_next
from inference.jobs.runner import run_claimed
from inference.jobs.wake import ACTOR, QUEUE


@dramatiq.actor(actor_name=ACTOR, queue_name=QUEUE)
def do_jobs() -> None:
    """Do what there is to do."""
    while not is_draining():
        held = claim_next()
        if held is None:
            return
        run_claimed(held)
        close_old_connections()
