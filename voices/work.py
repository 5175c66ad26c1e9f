"""Cloning a voice, done by a worker."""

from django.conf import settings

from inference.engines.registry import get_engine
from inference.jobs.lifecycle import Claim, Outcome
from inference.jobs.runner import progress_of, store
from voices.models import Voice
from voices.prompts import make_prompt, prompt_file_name, record_prompt


def clone(held: Claim[Voice]) -> Outcome:
    """Make and store the prompt of a voice."""
    voice = held.job
    engine = get_engine(settings.ENGINE)
    prompt = make_prompt(voice, engine, progress_of(held))
    name = store(held, prompt_file_name(voice, prompt, held.stem), prompt.payload)
    return Outcome(
        {"engine": engine.name, "model": engine.model},
        record=lambda: record_prompt(voice, prompt, name),
    )
