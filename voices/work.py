"""Cloning a voice, done by a worker."""

from collections.abc import Callable

from django.conf import settings
from django.db import transaction

from inference.audio.encode import encode
from inference.engines.base import Engine, SynthesisParams, VoicePrompt
from inference.engines.registry import get_engine
from inference.jobs.lifecycle import Claim, Outcome
from inference.jobs.runner import progress_of, remove_files, store
from voices.models import Voice, VoiceType
from voices.prompts import make_prompt, note_prompt, prompt_file_name


def clone(held: Claim[Voice]) -> Outcome:
    """Make and store the prompt of a voice, and speak its sample where one is wanted."""
    voice = held.job
    engine = get_engine(settings.ENGINE)
    progress = progress_of(held)
    prompt = make_prompt(voice, engine, progress)
    fields = {"engine": engine.name, "model": engine.model}
    if voice.sample_text:
        fields["sample_name"] = _sample(held, engine, prompt, progress)
    if voice.type == VoiceType.ONCE:
        return Outcome(fields)
    name = store(held, prompt_file_name(voice, prompt), prompt.payload)

    def record() -> None:
        if not note_prompt(voice, prompt, name):  # a speech made it first
            transaction.on_commit(lambda: remove_files([name]), robust=True)

    return Outcome(fields, record=record)


def _sample(
    held: Claim[Voice], engine: Engine, prompt: VoicePrompt, progress: Callable[[], None]
) -> str:
    voice = held.job
    chunks = engine.synthesize(
        voice.sample_text, prompt, SynthesisParams(seed=0), progress=progress
    )
    audio = encode((chunk.samples for chunk in chunks), "wav")
    return store(held, f"voices/{voice.workspace_id}/{voice.pk}/{held.stem}-sample.wav", audio)
