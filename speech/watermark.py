"""Whether audio leaves without a watermark, and the record that it does."""

from accounts.models import Workspace
from accounts.transactions import require_transaction
from accounts.watermark import may_omit_watermark
from speech.models import UnmarkedUse


def decide(workspace: Workspace, wanted: bool) -> bool:  # noqa: FBT001 - the customer's yes or no
    """Return whether a job of ``workspace`` goes without a watermark, as was ``wanted``.

    True only where the workspace has the right at this moment.
    """
    return wanted and may_omit_watermark(workspace)


def record_unmarked(workspace: Workspace, job_id: str, actor: str) -> None:
    """Record that a job goes without a watermark; needs the transaction that submits it."""
    require_transaction()
    UnmarkedUse.objects.create(workspace=workspace, job_id=job_id, actor=actor)
