"""Closing a workspace, which nothing can be added to from then on."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError

from accounts.integrity import broken_rule

_RULE = "_workspace_open"


class WorkspaceClosedError(Exception):
    """The workspace is being erased, or was: nothing can be added to it."""

    code = "WORKSPACE_CLOSED"


@contextmanager
def refused_when_closed() -> Iterator[None]:
    """Raise WorkspaceClosedError where the database refuses a row for that reason."""
    try:
        yield
    except IntegrityError as error:
        if broken_rule(error).endswith(_RULE):
            raise WorkspaceClosedError from error
        raise
