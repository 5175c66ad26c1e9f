from accounts.models import Workspace
from accounts.transactions import require_transaction
from billing.ledger import SYSTEM, lapse_regular, lock_wallet
from billing.models import Wallet


def open_wallet(*, workspace: Workspace) -> Wallet:
    """Make a workspace's wallet, which is empty."""
    require_transaction()
    return Wallet.objects.create(workspace=workspace)


def reset(*, workspace: Workspace) -> Wallet:
    """Apply a reset that is due; returns the wallet as it then stands."""
    return lock_wallet(workspace)


def lapse(*, workspace: Workspace, actor: str = SYSTEM) -> int:
    """Let all regular credits lapse now; returns how many. The period runs on."""
    return lapse_regular(lock_wallet(workspace), actor=actor)
