from typing import Any

import dramatiq
import structlog


class LogContext(dramatiq.Middleware):
    """Keeps one message's log context from leaking into the next."""

    def before_process_message(self, _broker: Any, message: Any) -> None:
        """Begin clean, with the actor's name."""
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(actor=message.actor_name)

    def after_process_message(self, *_args: Any, **_kwargs: Any) -> None:
        """End clean."""
        structlog.contextvars.clear_contextvars()
