"""The engine as the service knows it; what it needs of torch is imported when it is made."""

from collections.abc import Iterator
from dataclasses import replace

from inference.engines.base import (
    OUTPUT_RATE,
    AudioChunk,
    Capabilities,
    EngineError,
    Progress,
    Samples,
    SynthesisParams,
    VoicePrompt,
)
from inference.engines.chatterbox.environment import environment_problems, prepare_imports
from inference.engines.chatterbox.failures import no_speech
from inference.engines.chatterbox.families import ENGLISH, LANGUAGES
from inference.engines.chatterbox.languages import language_of, most_chars
from inference.engines.chatterbox.settings import Settings
from inference.engines.operation import EngineStatus
from inference.text.prepare import has_words, plain, prepared, prepared_pieces


class ChatterboxEngine:
    """Speaks with a Chatterbox model; one instance serves all threads with one batch.

    Made with ``settings``, or with those of the environment; the model is loaded and warm
    when the constructor returns. Raises EngineError ``ENGINE_UNAVAILABLE`` naming what is
    missing, ``MISCONFIGURED`` or ``WEIGHTS_MISSING``.
    """

    name = "chatterbox"

    def __init__(self, settings: Settings | None = None) -> None:
        problems = environment_problems()
        if problems:
            raise EngineError("ENGINE_UNAVAILABLE", " ".join(problems), retryable=False)
        prepare_imports()
        # Only now: these import torch, which may not be there.
        from inference.engines.chatterbox.model import Model, free_memory  # noqa: PLC0415
        from inference.engines.chatterbox.scheduler import Scheduler  # noqa: PLC0415
        from inference.engines.chatterbox.watermark import Watermarker  # noqa: PLC0415

        settings = settings or Settings.from_environment()
        self._watermarker = Watermarker()
        self._free_memory = free_memory
        self._scheduler = Scheduler(
            lambda: Model.load(settings),
            watermarker=self._watermarker,
            idle_seconds=settings.idle_seconds,
            trace=settings.trace,
            unload=free_memory,
        )
        try:
            self._family, self.version, device = self._scheduler.call(
                lambda model: (model.family, model.version, model.device)
            )
        except BaseException:
            self._scheduler.close()
            raise
        self._device = str(device)
        self._settings = replace(settings, hops=settings.hops_on(device.type))
        self.model = f"chatterbox-{self._family.name}"
        self.capabilities = Capabilities(
            languages=self._family.languages,
            streaming=True,
            conversion=True,
            watermark=True,
            deterministic_seed=True,
        )

    @classmethod
    def spoken_languages(cls) -> frozenset[str]:
        """Return the languages of the model that the environment names."""
        multilingual = Settings.from_environment().model == "multilingual"
        return LANGUAGES if multilingual else ENGLISH.languages

    @classmethod
    def refusal(cls, text: str, language: str | None) -> str:
        """Return why ``text`` cannot be read, or nothing; see :class:`.Reader`."""
        if has_words(plain(text)) or has_words(prepared(text, language).text):
            return ""
        return no_speech().message

    @property
    def status(self) -> EngineStatus:
        """What the engine is doing and has done."""
        scheduler, counters = self._scheduler, self._scheduler.counters
        return EngineStatus(
            engine=self.name,
            model=self.model,
            device=self._device,
            loaded=scheduler.loaded,
            slots=scheduler.slots,
            slots_used=scheduler.slots_used,
            queued=scheduler.waiting,
            vocoding=scheduler.vocoding,
            batch=counters.batch,
            tokens_per_second=counters.token_rate.per_second,
            tokens=counters.tokens,
            audio_seconds=counters.samples / OUTPUT_RATE,
            finished=counters.finished,
            failed=counters.failed,
            cancelled=counters.cancelled,
            out_of_memory=counters.out_of_memory,
            loads=counters.loads,
            first_audio=counters.first_audio.latencies,
        )

    def clone(self, reference: Samples, rate: int, *, progress: Progress) -> VoicePrompt:
        """Make the prompt of a voice; see the protocol."""
        from inference.engines.chatterbox.ear import heard  # noqa: PLC0415 - imports torch

        audio = heard(reference, rate, least_seconds=self._family.recipe.least_seconds)
        progress()
        with self._scheduler.request():
            prompt = self._scheduler.call(lambda model: model.ear.prompt(audio))
        progress()
        return prompt.stored(model=self.model, version=self.version)

    def synthesize(
        self, text: str, prompt: VoicePrompt, params: SynthesisParams, *, progress: Progress
    ) -> Iterator[AudioChunk]:
        """Speak ``text``; see the protocol.

        A wrong prompt, language or text is refused at the call, before the first chunk.
        Guidance (``cfg_weight``) and ``exaggeration`` mean nothing to Turbo and Nano, which
        ignore them.
        """
        from inference.engines.chatterbox.speaking import Speaking, Speech  # noqa: PLC0415

        self._check(prompt)
        language = language_of(params.language, self._family.languages)
        pieces = prepared_pieces(text, language, most_chars(language), max_words=params.piece_words)
        if not any(has_words(piece.text) for piece in pieces):
            raise no_speech()
        speech = Speech(pieces, prompt, params, language)
        return Speaking(speech, self._scheduler, self._settings, progress).chunks()

    def convert(
        self,
        audio: Samples,
        rate: int,
        prompt: VoicePrompt,
        *,
        progress: Progress,
        watermark: bool = True,
    ) -> Iterator[AudioChunk]:
        """Say what ``audio`` says in the prompt's voice; see the protocol."""
        from inference.engines.chatterbox.conversion import Conversion  # noqa: PLC0415

        self._check(prompt)
        conversion = Conversion.of(audio, rate, prompt, watermark=watermark)
        timeout = self._settings.timeout
        return conversion.chunks(self._scheduler, timeout=timeout, progress=progress)

    def detects_watermark(self, audio: Samples, rate: int) -> bool:
        """Return whether ``audio`` at ``rate`` Hz carries the watermark."""
        return self._watermarker.detects(audio, rate)

    @property
    def has_died(self) -> bool:
        """Whether the thread that owns the model ended by a fault."""
        return self._scheduler.has_died

    def begin_to_drain(self) -> None:
        """Refuse requests that have not begun, with ``ENGINE_STOPPING``; go on with the rest."""
        self._scheduler.begin_to_drain()

    def drain(self, timeout: float | None = None) -> bool:
        """Drain and wait; returns whether what had begun is over."""
        return self._scheduler.drain(timeout)

    def close(self) -> None:
        """Stop the thread and let go of the device; work in progress fails as retryable."""
        self._scheduler.close()
        self._free_memory()

    def _check(self, prompt: VoicePrompt) -> None:
        from inference.engines.chatterbox.prompt import Prompt  # noqa: PLC0415 - imports torch

        Prompt.load(prompt, version=self.version)
