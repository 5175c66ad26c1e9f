"""Arguments that several commands share."""

import getpass
from argparse import ArgumentTypeError

from django.core.management.base import CommandError

from accounts.models import Workspace
from billing.ledger import MAX_REASON
from billing.models import MAX_CREDITS


def credits_amount(text: str) -> int:
    """Return an amount of credits as it is written on the command line."""
    try:
        amount = int(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no whole number of credits") from None
    if not 1 <= amount <= MAX_CREDITS:
        raise ArgumentTypeError(f"credits lie between 1 and {MAX_CREDITS}")
    return amount


def reason_text(text: str) -> str:
    """Return a reason as it is written on the command line."""
    if not text.strip() or len(text) > MAX_REASON:
        raise ArgumentTypeError(f"a reason has 1 to {MAX_REASON} characters")
    return text.strip()


def workspace_by_id(workspace_id: str) -> Workspace:
    """Return a workspace, or end the command saying that there is none."""
    workspace = Workspace.objects.filter(pk=workspace_id).first()
    if workspace is None:
        raise CommandError(f"there is no workspace {workspace_id}")
    return workspace


def command_actor() -> str:
    """Return how the ledger names whoever runs a command: by their account on this machine."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        name = "unknown"
    return f"command:{name}"[:64]
