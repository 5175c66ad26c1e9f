"""Speaking a text, done by a worker."""

from inference.audio.encode import EXTENSIONS, encode
from inference.audio.tempo import change_tempo
from inference.engines.base import OUTPUT_RATE, SynthesisParams
from inference.engines.registry import get_engine
from inference.jobs.lifecycle import Claim, Outcome
from inference.jobs.runner import progress_of, store
from speech.models import Speech
from voices.prompts import prompt_for


def synthesize(held: Claim[Speech]) -> Outcome:
    """Speak a text and store the audio."""
    speech = held.job
    engine = get_engine(speech.engine)
    progress = progress_of(held)
    prompt = prompt_for(speech.voice, engine, progress)
    params = SynthesisParams(
        seed=speech.seed,
        language=speech.language or None,
        exaggeration=speech.exaggeration,
        cfg_weight=speech.cfg_weight,
        temperature=speech.temperature,
    )
    pieces = [
        change_tempo(chunk.samples, OUTPUT_RATE, speech.speed)
        for chunk in engine.synthesize(speech.text, prompt, params, progress=progress)
    ]
    seconds = sum(len(piece) for piece in pieces) / OUTPUT_RATE
    audio = encode(pieces, speech.format)
    name = f"speeches/{speech.workspace_id}/{held.stem}{EXTENSIONS[speech.format]}"
    return Outcome(
        {
            "audio_name": store(held, name, audio),
            "duration": round(seconds, 3),
            "model": engine.model,
        }
    )
