from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def _sync_system_voices(**_kwargs: Any) -> None:
    from voices.system import sync_system_voices  # noqa: PLC0415 - needs loaded models

    sync_system_voices()


class VoicesConfig(AppConfig):
    """Voices: recordings, what engines made of them, and who may use them."""

    name = "voices"

    def ready(self) -> None:
        """Have the system voices exist in every migrated database."""
        from voices import actors  # noqa: F401, PLC0415 - declares itself to the broker

        post_migrate.connect(_sync_system_voices, sender=self)
