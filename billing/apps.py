from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Credits: wallets, their append-only ledger, plans and prices."""

    name = "billing"

    def ready(self) -> None:
        """Give each new workspace a wallet."""
        from billing import receivers  # noqa: F401, PLC0415 - connecting needs loaded models
