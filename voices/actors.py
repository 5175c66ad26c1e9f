"""Cloning a voice, done by a worker."""

import dramatiq
from django.conf import settings
from inference.broker import QUEUE
from inference.engines.registry import get_engine
from inference.jobs.lifecycle import Claim, Outcome
from inference.jobs.runner import progress_of, run_job, store

from voices.models import Voice
from voices.prompts import make_prompt, prompt_file_name, record_prompt


@dramatiq.actor(actor_name=Voice.actor_name, queue_name=QUEUE)
def clone_voice(voice_id: str) -> None:
    """Do one attempt at cloning a voice."""
    run_job(Voice, voice_id, _clone)


def _clone(held: Claim[Voice]) -> Outcome:
    voice = held.job
    engine = get_engine(settings.ENGINE)
    prompt = make_prompt(voice, engine, progress_of(held))
    name = store(held, prompt_file_name(voice, prompt, held.stem), prompt.payload)
    return Outcome(
        {"engine": engine.name, "model": engine.model},
        record=lambda: record_prompt(voice, prompt, name),
    )
