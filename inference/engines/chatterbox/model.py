"""A loaded model ready to speak: runner, vocoder, voices and the ear that makes prompts."""

import torch

from inference.engines.chatterbox.checkpoint import Checkpoint
from inference.engines.chatterbox.interface import Spec
from inference.engines.chatterbox.runner import Runner
from inference.engines.chatterbox.settings import Precision, Settings
from inference.engines.chatterbox.t3 import T3

_SLOTS = {"cuda": 64, "mps": 4, "cpu": 4}


def precision_for(settings: Settings, device: torch.device) -> Precision:
    """Return the precision T3 runs in: as set, else bfloat16 on CUDA and float32 elsewhere."""
    if settings.dtype != "auto":
        return settings.dtype
    return "bfloat16" if device.type == "cuda" else "float32"


def make_runner(
    checkpoint: Checkpoint, settings: Settings, *, static: bool | None = None
) -> Runner:
    """Build the generator; ``static`` (by default on CUDA) for fixed shapes."""
    family, device = checkpoint.family, checkpoint.device
    t3 = T3(checkpoint.t3, family, precision_for(settings, device), settings.positions)
    slots = settings.slots or _SLOTS.get(device.type, 4)
    rows = 2 if family.guided else 1
    most = min(settings.max_tokens, t3.most_speech)
    spec = Spec(
        model=f"chatterbox-{family.name}",
        languages=family.languages,
        rows=rows,
        granule=1,
        most_tokens=most,
        recipe=family.recipe,
        vocoder=family.s3gen_file,
        flow_steps=family.flow_steps,
        ignored=frozenset() if family.guided else frozenset({"cfg_weight", "exaggeration"}),
        features=frozenset({"streaming", "seed"}),
    )
    fixed = device.type == "cuda" if static is None else static
    return Runner(t3, spec, rows=rows * slots, positions=settings.positions, static=fixed)
