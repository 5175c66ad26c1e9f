from typing import Any

import dramatiq
from django.db import close_old_connections


class DbConnections(dramatiq.Middleware):
    """Drops database connections that broke or grew old, around each message."""

    def before_process_message(self, *_args: Any) -> None:
        """Begin with a connection that works."""
        close_old_connections()

    def after_process_message(self, *_args: Any, **_kwargs: Any) -> None:
        """Leave none behind that does not."""
        close_old_connections()
