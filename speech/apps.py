from django.apps import AppConfig


class SpeechConfig(AppConfig):
    """Speech: texts spoken in a voice, and recordings said anew in another."""

    name = "speech"

    def ready(self) -> None:
        """Say how speeches are made; have calls and webhooks told of what happens."""
        from inference.jobs.registry import register  # noqa: PLC0415 - needs loaded models
        from speech import calls  # noqa: F401, PLC0415 - its receiver connects itself
        from speech.models import Speech  # noqa: PLC0415
        from speech.webhooks import receivers  # noqa: F401, PLC0415 - likewise
        from speech.work import make  # noqa: PLC0415

        register(Speech, make)
