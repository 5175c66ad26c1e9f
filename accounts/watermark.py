"""The right to audio without a watermark: granting it, taking it back, asking for it."""

from accounts.models import WatermarkRight, Workspace
from accounts.transactions import require_transaction


def set_watermark_right(
    *, workspace: Workspace, granted: bool, reason: str, actor: str
) -> WatermarkRight | None:
    """Grant or withdraw the right and record who did it and why; needs an open transaction.

    Of two at once the second waits. Returns None where it stands like that already: nothing
    was changed and nothing recorded.
    """
    require_transaction()
    held = Workspace.objects.select_for_update().get(pk=workspace.pk)
    changed = held.may_omit_watermark != granted
    workspace.may_omit_watermark = granted
    if not changed:
        return None
    workspace.save(update_fields=["may_omit_watermark"])
    return WatermarkRight.objects.create(
        workspace=workspace, granted=granted, reason=reason, actor=actor
    )


def may_omit_watermark(workspace: Workspace) -> bool:
    """Return whether the workspace has the right at this moment."""
    return Workspace.objects.filter(pk=workspace.pk, may_omit_watermark=True).exists()
