"""Reading the ledger in tests."""

from accounts.models import Workspace
from billing.models import Entry, Wallet
from billing.queries import balance_of


def wallet_of(workspace: Workspace) -> Wallet:
    return Wallet.objects.get(workspace=workspace)


def stored(workspace: Workspace) -> tuple[int, int]:
    wallet = wallet_of(workspace)
    return wallet.regular, wallet.permanent


def balance(workspace: Workspace) -> tuple[int, int]:
    view = balance_of(workspace)
    return view.regular, view.permanent


def story(workspace: Workspace) -> list[tuple[str, int, int]]:
    """Return each entry's kind and parts, oldest first."""
    entries = Entry.objects.filter(wallet__workspace=workspace).order_by("sequence")
    return list(entries.values_list("kind", "regular", "permanent"))
