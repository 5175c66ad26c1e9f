from django.conf import settings

from accounts.models import Workspace
from accounts.transactions import require_transaction
from billing.ledger import SYSTEM, Parts, append, lapse_regular, lock_wallet
from billing.models import EntryKind, Wallet


def open_wallet(*, workspace: Workspace) -> Wallet:
    """Make a workspace's wallet, with the credits a sign-up is given."""
    require_transaction()
    wallet = Wallet.objects.create(workspace=workspace)
    if settings.SIGNUP_CREDITS:
        append(wallet, EntryKind.GRANT, Parts(permanent=settings.SIGNUP_CREDITS))
    return wallet


def reset(*, workspace: Workspace) -> Wallet:
    """Apply a reset that is due; returns the wallet as it then stands."""
    return lock_wallet(workspace)


def lapse(*, workspace: Workspace, actor: str = SYSTEM) -> int:
    """Let all regular credits lapse now; returns how many. The period runs on."""
    return lapse_regular(lock_wallet(workspace), actor=actor)
