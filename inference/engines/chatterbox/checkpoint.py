"""Weights from a folder, or downloaded, into the package's own modules."""

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from inference.engines.base import EngineError
from inference.engines.chatterbox.environment import prepare_imports
from inference.engines.chatterbox.families import CANDIDATES, Family
from inference.engines.chatterbox.settings import ModelName, Settings

logger = logging.getLogger(__name__)

_SAMPLE, _SAMPLES = 4096, 64  # bytes of a weights file, and how many times

GPT2_SMALL: dict[str, Any] = {"n_embd": 768, "hidden_size": 768, "n_head": 12, "n_layer": 12}
"""How Nano's backbone differs from the package's ``GPT2_medium``."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A loaded model: the package's modules, in evaluation mode, on ``device`` in fp32.

    ``version`` is a digest of what prompts depend on (the recipe, and the weights that listen),
    so that a prompt made for others is not taken for one of these.
    """

    family: Family
    t3: Any
    s3gen: Any
    encoder: Any
    tokenizer: Any
    device: torch.device
    version: str


def choose_device(wanted: str) -> torch.device:
    """Return the device named ``wanted``; auto is the best there is."""
    if wanted != "auto":
        return torch.device(wanted)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def load_checkpoint(settings: Settings) -> Checkpoint:
    """Load the model that ``settings`` name. Raises EngineError ``WEIGHTS_MISSING``."""
    prepare_imports()
    folder = settings.checkpoint or _download(settings.model)
    family = _family_in(folder, settings.model)
    device = choose_device(settings.device)
    t3 = _build_t3(family)
    state = _read(folder / family.t3_file)
    t3.load_state_dict(state.get("model", [state])[0] if "model" in state else state)
    from chatterbox.models.s3gen import S3Gen  # noqa: PLC0415 - after prepare_imports
    from chatterbox.models.voice_encoder import VoiceEncoder  # noqa: PLC0415

    s3gen = S3Gen(meanflow=family.meanflow)
    # As the package has it: the English file leaves out two constant buffers.
    s3gen.load_state_dict(_read(folder / family.s3gen_file), strict=False)
    encoder = VoiceEncoder()
    encoder.load_state_dict(_read(folder / family.encoder_file))
    if not family.guided:
        del t3.tfmr.wte  # GPT-2's own vocabulary, never used
    for module in (t3, s3gen, encoder):
        module.to(device).eval().requires_grad_(requires_grad=False)
    return Checkpoint(
        family, t3, s3gen, encoder, _tokenizer(folder, family), device, _version(folder, family)
    )


def _family_in(folder: Path, model: ModelName) -> Family:
    missing: list[str] = []
    for family in CANDIDATES[model]:
        missing = [name for name in family.files if not (folder / name).is_file()]
        if not missing:
            return family
    raise EngineError(
        "WEIGHTS_MISSING",
        f"{folder} holds no weights of the model {model}: {', '.join(missing)} missing.",
        retryable=False,
    )


def _download(model: ModelName) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - only where it is needed

    failure: Exception | None = None
    for family in CANDIDATES[model]:
        try:
            folder = Path(
                snapshot_download(
                    family.repository, allow_patterns=[*family.files, *family.extra_files]
                )
            )
        except Exception as error:  # noqa: BLE001 - the hub's errors have no common base
            failure = error
            continue
        if (folder / family.t3_file).is_file():
            return folder
    raise EngineError(
        "WEIGHTS_MISSING",
        f"The weights of Chatterbox ({model}) could not be downloaded: "
        "connect to the internet, or name a folder that holds them in CHATTERBOX_CHECKPOINT.",
        retryable=True,
    ) from failure


def _build_t3(family: Family) -> Any:
    from chatterbox.models.t3 import T3  # noqa: PLC0415 - after prepare_imports
    from chatterbox.models.t3.llama_configs import LLAMA_CONFIGS  # noqa: PLC0415
    from chatterbox.models.t3.modules.t3_config import T3Config  # noqa: PLC0415

    LLAMA_CONFIGS.setdefault("GPT2_small", LLAMA_CONFIGS["GPT2_medium"] | GPT2_SMALL)
    shape = T3Config(text_tokens_dict_size=family.text_vocabulary)
    shape.llama_config_name = family.backbone
    shape.speech_tokens_dict_size = family.speech_vocabulary
    shape.speech_cond_prompt_len = family.recipe.tokens
    if not family.guided:
        shape.input_pos_emb = None
        shape.use_perceiver_resampler = False
        shape.emotion_adv = False
    return T3(shape)


def _read(file: Path) -> dict[str, Tensor]:
    if file.suffix == ".safetensors":
        from safetensors.torch import load_file  # noqa: PLC0415 - only where it is needed

        return dict(load_file(file))
    loaded: dict[str, Tensor] = torch.load(file, map_location="cpu", weights_only=True)
    return dict(loaded)


def _tokenizer(folder: Path, family: Family) -> Any:
    from chatterbox.models.tokenizers import EnTokenizer, MTLTokenizer  # noqa: PLC0415
    from transformers import AutoTokenizer  # noqa: PLC0415

    if not family.guided:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        return tokenizer
    kind = MTLTokenizer if len(family.languages) > 1 else EnTokenizer
    return kind(str(folder / family.tokenizer_file))


def _version(folder: Path, family: Family) -> str:
    digest = hashlib.sha256(family.recipe.name.encode())
    for name in (family.encoder_file, family.s3gen_file):
        with (folder / name).open("rb") as file:
            size = file.seek(0, 2)
            digest.update(f"{name} {size}".encode())
            # Samples of the file tell weights of equal size apart without reading gigabytes.
            for at in range(0, size, max(_SAMPLE, size // _SAMPLES)):
                file.seek(at)
                digest.update(file.read(_SAMPLE))
    return digest.hexdigest()[:12]
