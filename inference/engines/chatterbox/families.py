"""The models of the Chatterbox family: files, shapes and defaults of each.

Sources: chatterbox-tts 0.1.7 (``tts.py``, ``mtl_tts.py``, ``tts_turbo.py``) for all but
Multilingual v3 and Nano, which differ from their elders by file, configuration and defaults.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from inference.engines.chatterbox.settings import ModelName

Backbone: TypeAlias = Literal["Llama_520M", "GPT2_medium", "GPT2_small"]

LANGUAGES = frozenset(
    "ar da de el en es fi fr he hi it ja ko ms nl no pl pt ru sv sw tr zh".split()  # noqa: SIM905
)
"""What the multilingual model speaks."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen; ``top_k`` 0 and ``top_p`` 1 keep all candidates."""

    repetition_penalty: float
    min_p: float = 0.0
    top_p: float = 1.0
    top_k: int = 0


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a voice prompt is made of a reference; a prompt belongs to one recipe.

    ``heard_seconds`` of it are tokenised into at most ``tokens`` for T3; S3Gen always gets
    10 s. ``lufs`` is the loudness it is brought to, ``least_seconds`` what it must last.
    """

    name: str
    heard_seconds: int
    tokens: int
    lufs: float | None = None
    least_seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Family:
    """One model: what to load and how to drive it."""

    name: str
    repository: str
    t3_file: str
    s3gen_file: str
    encoder_file: str
    tokenizer_file: str
    backbone: Backbone
    sampling: Sampling
    recipe: Recipe
    languages: frozenset[str] = frozenset({"en"})
    text_vocabulary: int = 704
    speech_vocabulary: int = 8194
    guided: bool = True
    """Whether classifier-free guidance and exaggeration exist: two rows an utterance."""
    guarded: bool = False
    """Whether the alignment guard watches over the end of speech."""
    flow_steps: int = 10
    tail: tuple[int, ...] = ()
    """Tokens added after the last one (silence)."""
    cropped: int = 0
    """Tokens taken off the end."""
    extra_files: tuple[str, ...] = field(default=())

    @property
    def meanflow(self) -> bool:
        """Whether S3Gen was distilled to a few steps without guidance."""
        return self.s3gen_file == "s3gen_meanflow.safetensors"

    @property
    def files(self) -> tuple[str, ...]:
        """The files that must be in a checkpoint's folder."""
        return (self.encoder_file, self.t3_file, self.s3gen_file, self.tokenizer_file)


_SILENCE = 4299  # the token of silence, S3GEN_SIL
_ENGLISH_RECIPE = Recipe("6s-150", heard_seconds=6, tokens=150)
_TURBO_RECIPE = Recipe("15s-375", heard_seconds=15, tokens=375, lufs=-27.0, least_seconds=5.0)

ENGLISH = Family(
    name="english",
    repository="ResembleAI/chatterbox",
    t3_file="t3_cfg.safetensors",
    s3gen_file="s3gen.safetensors",
    encoder_file="ve.safetensors",
    tokenizer_file="tokenizer.json",
    backbone="Llama_520M",
    sampling=Sampling(repetition_penalty=1.2, min_p=0.05),
    recipe=_ENGLISH_RECIPE,
)

MULTILINGUAL_V2 = Family(
    name="multilingual-v2",
    repository="ResembleAI/chatterbox",
    t3_file="t3_mtl23ls_v2.safetensors",
    s3gen_file="s3gen.pt",
    encoder_file="ve.pt",
    tokenizer_file="grapheme_mtl_merged_expanded_v1.json",
    backbone="Llama_520M",
    sampling=Sampling(repetition_penalty=2.0, min_p=0.05),
    recipe=_ENGLISH_RECIPE,
    languages=LANGUAGES,
    text_vocabulary=2454,
    guarded=True,
    extra_files=("Cangjie5_TC.json",),
)

MULTILINGUAL_V3 = Family(
    name="multilingual-v3",
    repository="ResembleAI/chatterbox",
    t3_file="t3_mtl23ls_v3.safetensors",
    s3gen_file="s3gen.pt",
    encoder_file="ve.pt",
    tokenizer_file="grapheme_mtl_merged_expanded_v1.json",
    backbone="Llama_520M",
    sampling=Sampling(repetition_penalty=1.2, min_p=0.05),
    recipe=_ENGLISH_RECIPE,
    languages=LANGUAGES,
    text_vocabulary=2454,
    cropped=1,
    extra_files=("Cangjie5_TC.json",),
)

TURBO = Family(
    name="turbo",
    repository="ResembleAI/chatterbox-turbo",
    t3_file="t3_turbo_v1.safetensors",
    s3gen_file="s3gen_meanflow.safetensors",
    encoder_file="ve.safetensors",
    tokenizer_file="tokenizer_config.json",
    backbone="GPT2_medium",
    sampling=Sampling(repetition_penalty=1.2, top_p=0.95, top_k=1000),
    recipe=_TURBO_RECIPE,
    text_vocabulary=50276,
    speech_vocabulary=6563,
    guided=False,
    flow_steps=2,
    tail=(_SILENCE,) * 3,
    extra_files=("*.json", "*.txt", "*.model"),
)

NANO = Family(
    name="nano",
    repository="ResembleAI/chatterbox-nano",
    t3_file="t3_nano_v1.safetensors",
    s3gen_file="s3gen_meanflow.safetensors",
    encoder_file="ve.safetensors",
    tokenizer_file="tokenizer_config.json",
    backbone="GPT2_small",
    sampling=Sampling(repetition_penalty=1.2, top_p=0.95, top_k=1000),
    recipe=_TURBO_RECIPE,
    text_vocabulary=50276,
    speech_vocabulary=6563,
    guided=False,
    flow_steps=2,
    tail=(_SILENCE,) * 3,
    extra_files=("*.json", "*.txt", "*.model"),
)

CANDIDATES: dict[ModelName, tuple[Family, ...]] = {
    "english": (ENGLISH,),
    "multilingual": (MULTILINGUAL_V3, MULTILINGUAL_V2),
    "turbo": (TURBO,),
    "nano": (NANO,),
}
"""The families a model's name may mean, the newest first; a folder's files decide."""
