from django.apps import AppConfig


class SpeechConfig(AppConfig):
    """Speech: texts spoken in a voice."""

    name = "speech"

    def ready(self) -> None:
        """Say how texts are spoken."""
        from inference.jobs.registry import register  # noqa: PLC0415 - needs loaded models
        from speech.models import Speech  # noqa: PLC0415
        from speech.work import synthesize  # noqa: PLC0415

        register(Speech, synthesize)
