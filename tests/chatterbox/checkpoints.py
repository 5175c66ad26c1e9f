"""Checkpoints of random weights that the package's own ``from_local`` loads.

Random weights never stop speaking, so T3's are rigged: ids that are no sound get a strongly
negative logit, and the stop fires once there are more than ``RATIO`` speech tokens a text
token. One head of the first layer attends evenly and so counts what is text and what speech.
"""

import json
import string
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from inference.engines.chatterbox.checkpoint import _build_t3
from inference.engines.chatterbox.families import (
    ENGLISH,
    MULTILINGUAL_V2,
    MULTILINGUAL_V3,
    NANO,
    TURBO,
    Family,
)
from tests.chatterbox.tiny import tiny_architecture

FAMILIES = {
    family.name: family for family in (ENGLISH, MULTILINGUAL_V2, MULTILINGUAL_V3, TURBO, NANO)
}
RATIO = 1.5
_FIRST_MARK, _STOP = 6561, 6562
_LOUDER = 10
_PROMPT_VECTORS = 376  # of Turbo: the speaker and 375 tokens


def write_checkpoint(folder: Path, family: Family, *, seed: int = 0, louder: float) -> Path:
    """Write ``family`` into ``folder`` and return it; to be called where the size is chosen.

    ``louder`` multiplies freshly made attention weights, which hardly hear what came before;
    at real size more than 1 makes chaos of it, in which rounding decides.
    """
    from chatterbox.models.s3gen import S3Gen
    from chatterbox.models.voice_encoder import VoiceEncoder

    folder.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        t3 = _build_t3(family)
        (_rig_llama if family.guided else _rig_gpt2)(t3, louder)
        _save(t3.state_dict(), folder / family.t3_file)
        _save(S3Gen(meanflow=family.meanflow).state_dict(), folder / family.s3gen_file)
        _save(VoiceEncoder().state_dict(), folder / family.encoder_file)
        torch.save(_builtin_voice(family), folder / "conds.pt")
    if not family.guided:
        _turbo_tokenizer(folder)
    elif len(family.languages) > 1:
        _multilingual_tokenizer(folder / family.tokenizer_file)
    else:
        _english_tokenizer(folder / family.tokenizer_file)
    return folder


def write_tiny_checkpoint(folder: Path, family: Family, *, seed: int = 0) -> Path:
    """Write a checkpoint of ``family`` of 14 to 18 MB; load it inside tiny_architecture."""
    with tiny_architecture():
        return write_checkpoint(folder, family, seed=seed, louder=_LOUDER)


def _save(state: dict[str, Tensor], file: Path) -> None:
    from safetensors.torch import save_file

    tensors = {name: each.detach().clone().contiguous() for name, each in state.items()}
    if file.suffix == ".pt":
        torch.save(tensors, file)
    else:
        save_file(tensors, file)


def _builtin_voice(family: Family) -> dict[str, Any]:
    speaker = torch.randn(1, 256).abs()
    return {
        "t3": {
            "speaker_emb": speaker / speaker.norm(),
            "clap_emb": None,
            "cond_prompt_speech_tokens": torch.randint(0, 6561, (1, family.recipe.tokens)),
            "cond_prompt_speech_emb": None,
            "emotion_adv": 0.5 * torch.ones(1, 1, 1),
        },
        "gen": {
            "prompt_token": torch.randint(0, 6561, (1, 250)),
            "prompt_token_len": torch.tensor([250]),
            "prompt_feat": torch.randn(1, 500, 80) - 6,
            "prompt_feat_len": None,
            "embedding": torch.randn(1, 192),
        },
    }


def _rig_llama(t3: Any, louder: float, gain: float = 4.0) -> None:
    width = t3.dim
    bias, text, speech, end = width - 1, width - 2, width - 3, width - 4
    special = [bias, text, speech, end]
    tokens = (t3.text_emb.weight, t3.speech_emb.weight)
    places = (t3.text_pos_emb.emb.weight, t3.speech_pos_emb.emb.weight)
    # Places are louder than tokens, so that the row without text is not much quieter.
    for weights, size in ((tokens, 0.1), (places, 0.3)):
        for weight in weights:
            weight.normal_(0, size)
            weight[:, special] = 0
    for weight in (
        t3.cond_enc.spkr_enc.weight,
        t3.cond_enc.spkr_enc.bias,
        t3.cond_enc.emotion_adv_fc.weight,
        t3.cond_enc.perceiver.attn.proj_out.weight,
        t3.cond_enc.perceiver.attn.proj_out.bias,
    ):
        weight[special] = 0
    # What was heard of a voice must show in the tokens, or voices that mix would not be seen.
    perceiver = t3.cond_enc.perceiver
    perceiver.pre_attention_query.mul_(0.05)
    perceiver.attn.to_v.weight.mul_(2 * louder)
    t3.cond_enc.spkr_enc.weight.normal_(0, 1)
    t3.cond_enc.spkr_enc.weight[special] = 0
    perceiver.pre_attention_query[..., special] = 0
    places[0][:, text] = 1
    places[1][:, speech] = 1
    tokens[1][:, bias] = 3
    for layer in t3.tfmr.layers:
        heads = layer.self_attn
        for product in (heads.q_proj, heads.k_proj, heads.v_proj, heads.o_proj):
            product.weight.mul_(louder)
        heads.o_proj.weight[special] = 0
        layer.mlp.down_proj.weight[special] = 0
    first, size = t3.tfmr.layers[0].self_attn, t3.cfg.head_dim
    first.q_proj.weight[:size] = 0
    first.v_proj.weight[:size] = 0
    first.v_proj.weight[0, text] = 1
    first.v_proj.weight[1, speech] = 1
    first.o_proj.weight[end] = 0
    first.o_proj.weight[end, 0] = -RATIO * gain
    first.o_proj.weight[end, 1] = gain
    head = t3.speech_head.weight
    head.normal_(0, 0.6 / width**0.5)
    head[:, special] = 0
    head[_FIRST_MARK:, bias] = -200
    head[_STOP] = 0
    head[_STOP, end] = 300


def _rig_gpt2(t3: Any, louder: float, gain: float = 4.0) -> None:
    width, size = t3.dim, t3.dim // t3.cfg.n_head
    bias, text, end = width - 1, width - 2, width - 3
    special = [bias, text, end]
    places = t3.tfmr.wpe.weight
    t3.text_emb.weight.normal_(0, 0.3)
    t3.speech_emb.weight.normal_(0, 0.3)
    places.normal_(0, 0.02)
    for weight in (t3.text_emb.weight, t3.speech_emb.weight, places):
        weight[:, special] = 0
    t3.cond_enc.spkr_enc.weight[special] = 0
    t3.cond_enc.spkr_enc.bias[special] = 0
    t3.text_emb.weight[:, text] = 1
    t3.speech_emb.weight[:, bias] = 1
    for block in t3.tfmr.h:
        block.attn.c_attn.weight.mul_(louder)
        block.attn.c_proj.weight.mul_(louder)
        for product in (block.attn.c_proj, block.mlp.c_proj):
            product.weight[:, special] = 0
            product.bias[special] = 0
    first = t3.tfmr.h[0]
    is_text = first.ln_1(t3.text_emb.weight[:500] + places[400:401])[:, text].mean()
    is_other = first.ln_1(t3.speech_emb.weight[:500] + places[100:101])[:, text].mean()
    merged = first.attn.c_attn
    for at in (0, 2 * width):
        merged.weight[:, at : at + size] = 0
        merged.bias[at : at + size] = 0
    merged.weight[text, 2 * width] = 1 / (is_text - is_other)
    merged.bias[2 * width] = -is_other / (is_text - is_other)
    first.attn.c_proj.weight[0, end] = -(1 + RATIO) * gain
    steps = torch.arange(len(places)).float()
    places[:, end] = gain * (steps - _PROMPT_VECTORS) / (steps + 1)
    places[:_PROMPT_VECTORS, end] = 0
    head = t3.speech_head
    head.weight.normal_(0, 0.6 / width**0.5)
    head.weight[:, special] = 0
    head.bias.zero_()
    head.bias[_FIRST_MARK:] = -200
    head.bias[_STOP] = 0
    head.weight[_STOP] = 0
    head.weight[_STOP, end] = 300


_LETTERS = string.ascii_letters + string.digits + "!\"'(),-.:;?¿¡/&%$@#*+=<>[]、，。？！"  # noqa: RUF001


def _english_tokenizer(file: Path) -> None:
    _character_tokenizer(file, 704, marks=[], letters=_LETTERS[:90])


def _multilingual_tokenizer(file: Path) -> None:
    languages = [f"[{name}]" for name in sorted(MULTILINGUAL_V2.languages)]
    keys = [f"[cj_{key}]" for key in string.ascii_lowercase + string.digits + "."]
    ranges = ((0xC0, 0x17F), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x45F), (0x5D0, 0x5EB))
    ranges += ((0x620, 0x652), (0x900, 0x970), (0x1100, 0x1200), (0x3041, 0x30FF))
    letters = _LETTERS + "".join(chr(code) for low, high in ranges for code in range(low, high))
    _character_tokenizer(file, 2454, marks=[*languages, *keys], letters=letters)


def _character_tokenizer(file: Path, size: int, *, marks: list[str], letters: str) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    vocabulary = {"[STOP]": 0, "[UNK]": 1, "[SPACE]": 2, "[START]": 255}
    free = (number for number in range(3, size) if number != 255)
    for each in dict.fromkeys([*marks, *letters]):
        vocabulary[each] = next(free)
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(["[STOP]", "[UNK]", "[SPACE]", "[START]", *marks])
    tokenizer.save(str(file))


def _turbo_tokenizer(folder: Path, size: int = 50276) -> None:
    from tokenizers import Tokenizer, decoders, models
    from tokenizers.pre_tokenizers import ByteLevel

    vocabulary = {each: number for number, each in enumerate(sorted(ByteLevel.alphabet()))}
    while len(vocabulary) < size - 1:
        vocabulary[f"<unused{len(vocabulary)}>"] = len(vocabulary)
    vocabulary["<|endoftext|>"] = len(vocabulary)
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|endoftext|>"])
    tokenizer.save(str(folder / "tokenizer.json"))
    marks = dict.fromkeys(("eos_token", "bos_token", "unk_token"), "<|endoftext|>")
    settings = marks | {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 8196}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
