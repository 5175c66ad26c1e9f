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
        """Say how voices are cloned; have every migrated database hold the system voices."""
        from inference.jobs.registry import register  # noqa: PLC0415 - needs loaded models
        from voices.models import Voice  # noqa: PLC0415
        from voices.titles import prepare_sqlite  # noqa: PLC0415
        from voices.work import clone  # noqa: PLC0415

        register(Voice, clone)
        prepare_sqlite()
        post_migrate.connect(_sync_system_voices, sender=self)
