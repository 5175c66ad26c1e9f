"""The package's random numbers replaced by those an utterance of ours has by its seed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch

from inference.engines.chatterbox.noise import Frames, phases


@contextmanager
def noise_of(monkeypatch: pytest.MonkeyPatch, seed: int, prompt: int, count: int) -> Iterator[None]:
    """Have the package vocode ``count`` tokens after ``prompt`` of a voice with our noise."""
    from chatterbox.models.s3gen import hifigan

    frames = 2 * (prompt + count)
    flow = Frames(seed, "flow", 80).upto(frames).T[None]
    source = Frames(seed, "source", 9 * 480).upto(2 * count)
    noises = {
        (1, 80, frames): flow,
        (1, 80, 2 * count): flow[..., -2 * count :],
        (1, 9, 2 * count * 480): source.view(-1, 9, 480).transpose(0, 1).reshape(1, 9, -1),
        (1, 2 * count * 480, 1): torch.zeros(1, 2 * count * 480, 1),
    }

    class Uniform:
        def __init__(self, **_: Any) -> None:
            pass

        def sample(self, sample_shape: Any) -> torch.Tensor:
            return phases(seed, 9).view(sample_shape)

    with monkeypatch.context() as patch:
        patch.setattr(torch, "randn_like", lambda like, **_: noises[tuple(like.shape)].clone())
        patch.setattr(torch, "randn", lambda *shape, **_: noises[shape].clone())
        patch.setattr(hifigan, "Uniform", Uniform)
        yield


def reference_of(prompt: Any) -> dict[str, Any]:
    """Return a prompt as the package's S3Gen takes it."""
    return {
        "prompt_token": prompt.spoken[None],
        "prompt_token_len": torch.tensor([len(prompt.spoken)]),
        "prompt_feat": prompt.mel[None],
        "prompt_feat_len": None,
        "embedding": prompt.xvector[None],
    }
