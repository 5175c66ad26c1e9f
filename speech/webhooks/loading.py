"""Reading what is needed to send the deliveries that were claimed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from speech.models import Delivery, SigningSecrets, WorkspaceSecret
from speech.webhooks.recording import put_back, refuse
from speech.webhooks.shares import Claim
from speech.webhooks.signing import SecretUnreadableError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Letter:
    """A claimed delivery with its event, its endpoint and what signs it (None if missing)."""

    claim: Claim
    delivery: Delivery
    signer: SigningSecrets | None

    @property
    def url(self) -> str:
        """Where it goes."""
        endpoint = self.delivery.endpoint
        return self.delivery.url if endpoint is None else endpoint.url

    def sealed_secrets_at(self, moment: datetime) -> list[str]:
        """Return the sealed secrets in force, the newest first.

        Raises:
            SecretUnreadableError: the workspace has none.
        """
        if self.signer is None:
            raise SecretUnreadableError
        return self.signer.sealed_secrets_at(moment)


def load(claims: Sequence[Claim]) -> list[Letter]:
    """Return what is to be sent of the claimed deliveries.

    What must not be sent, because its endpoint was disabled, is settled. What cannot be read is
    put back with a pause and stops nothing else.
    """
    try:
        return _load(claims)
    except Exception:
        if len(claims) > 1:
            return [letter for claim in claims for letter in load([claim])]
        log.exception("webhook_unreadable", delivery_id=claims[0].delivery_id)
        put_back(claims[0])
        return []


def _load(claims: Sequence[Claim]) -> list[Letter]:
    ids = [claim.delivery_id for claim in claims]
    found = Delivery.objects.select_related("event", "endpoint").in_bulk(ids)
    workspaces = {row.workspace_id for row in found.values() if row.endpoint is None}
    secrets = (
        {one.workspace_id: one for one in WorkspaceSecret.objects.filter(workspace__in=workspaces)}
        if workspaces
        else {}
    )
    letters = []
    for claim in claims:
        delivery = found.get(claim.delivery_id)
        if delivery is None:  # erased with its workspace
            continue
        if delivery.endpoint is not None and not delivery.endpoint.enabled:
            refuse(claim)
            continue
        signer = delivery.endpoint or secrets.get(delivery.workspace_id)
        letters.append(Letter(claim, delivery, signer))
    return letters
