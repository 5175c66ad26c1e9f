"""The package's architecture, small enough that a test builds and runs it in a second.

Everything changed is a constructor's default, an entry of a configuration or the name of a
class in a module, so the package's own code runs on top of it.
"""

import functools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

LAYERS, HEADS, WIDTH = 14, 16, 64  # the alignment guard looks at layer 13 and head 15
GPT2 = {"n_embd": 16, "hidden_size": 16, "n_head": 2, "n_layer": 2}
SMALL_GPT2 = {"n_embd": 24, "hidden_size": 24, "n_head": 3, "n_layer": 3}
S3GEN_WIDTH = 64


@contextmanager
def tiny_architecture() -> Iterator[None]:
    """Shrink whatever of the package is built inside."""
    from chatterbox.models.s3gen import s3gen
    from chatterbox.models.s3gen.transformer import upsample_encoder
    from chatterbox.models.t3.llama_configs import LLAMA_CONFIGS
    from chatterbox.models.t3.modules import cond_enc
    from chatterbox.models.voice_encoder import VoiceEncConfig
    from s3tokenizer.model_v2 import S3TokenizerV2

    with ExitStack() as undo:
        llama = LLAMA_CONFIGS["Llama_520M"]
        shape = {
            "hidden_size": WIDTH,
            "intermediate_size": 2 * WIDTH,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": HEADS,
            "num_key_value_heads": HEADS,
            "head_dim": WIDTH // HEADS,
        }
        positions = {"n_positions": 2048, "n_ctx": 2048}
        medium = LLAMA_CONFIGS["GPT2_medium"]
        small = dict(medium) | SMALL_GPT2 | positions
        _entries(undo, LLAMA_CONFIGS, {"GPT2_small": small})
        _entries(undo, llama, shape)
        _entries(undo, medium, GPT2 | positions)
        size = {"pre_attention_query_size": WIDTH, "embedding_dim": WIDTH}
        _attribute(undo, cond_enc, "Perceiver", functools.partial(cond_enc.Perceiver, **size))
        _attribute(undo, VoiceEncConfig, "ve_hidden_size", 32)
        tokenizer = S3TokenizerV2.__init__.__defaults__[0]
        for name, value in {"n_audio_state": 64, "n_audio_head": 1, "n_audio_layer": 1}.items():
            _attribute(undo, tokenizer, name, value)
        wide = {"channels": S3GEN_WIDTH}
        _override(undo, upsample_encoder, "PreLookaheadLayer", wide)
        _override(undo, upsample_encoder, "Upsample1D", wide | {"out_channels": S3GEN_WIDTH})
        parts: dict[str, dict[str, Any]] = {
            "CAMPPlus": {"growth_rate": 4, "bn_size": 2, "init_channels": 16},
            "UpsampleConformerEncoder": {
                "output_size": S3GEN_WIDTH,
                "input_size": S3GEN_WIDTH,
                "linear_units": 2 * S3GEN_WIDTH,
                "num_blocks": 1,
                "attention_heads": 2,
            },
            "ConditionalDecoder": {
                "channels": [32],
                "n_blocks": 1,
                "num_mid_blocks": 1,
                "num_heads": 2,
                "attention_head_dim": 16,
            },
            "CausalMaskedDiffWithXvec": {"input_size": S3GEN_WIDTH},
            "HiFTGenerator": {"base_channels": 32},
            "ConvRNNF0Predictor": {"cond_channels": 32},
        }
        for name, changes in parts.items():
            _override(undo, s3gen, name, changes)
        yield


def _attribute(undo: ExitStack, owner: Any, name: str, value: Any) -> None:
    undo.callback(setattr, owner, name, getattr(owner, name))
    setattr(owner, name, value)


def _override(undo: ExitStack, module: Any, name: str, changes: dict[str, Any]) -> None:
    original = getattr(module, name)
    _attribute(undo, module, name, lambda *args, **kw: original(*args, **(kw | changes)))


def _entries(undo: ExitStack, target: dict[str, Any], changes: dict[str, Any]) -> None:
    before = dict(target)

    def restore() -> None:
        target.clear()
        target.update(before)

    undo.callback(restore)
    target.update(changes)
