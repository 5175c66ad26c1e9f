from django.apps import AppConfig


class SpeechConfig(AppConfig):
    """Speech: texts spoken in a voice."""

    name = "speech"

    def ready(self) -> None:
        """Say how texts are spoken; have webhooks told of what happens."""
        from inference.jobs.registry import register  # noqa: PLC0415 - needs loaded models
        from speech.models import Speech  # noqa: PLC0415
        from speech.webhooks import receivers  # noqa: F401, PLC0415 - they connect themselves
        from speech.work import synthesize  # noqa: PLC0415

        register(Speech, synthesize)
