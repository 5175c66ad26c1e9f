"""Finding out who has deliveries that are due, without reading those deliveries.

Both looks jump through a partial index from one workspace, or destination, to the next (a
recursive "loose index scan"): each costs a few reads of the index for each workspace or
destination that has anything pending, however many deliveries those have. A look ends after
``LOOK`` of them; the next begins where it ended.
"""

from typing import Any

from django.db import connection
from django.db.models.functions import Now

from speech.models import Delivery

LOOK = 200
"""Workspaces, or destinations of one, that a look goes through at most."""

_WORKSPACES = """
WITH RECURSIVE seen(id, number) AS (
    SELECT (
        SELECT MIN(workspace_id) FROM speech_delivery
        WHERE state = 'PENDING' AND workspace_id > %(after)s
    ), 1
    UNION ALL
    SELECT (
        SELECT MIN(workspace_id) FROM speech_delivery
        WHERE state = 'PENDING' AND workspace_id > seen.id
    ), number + 1
    FROM seen WHERE id IS NOT NULL AND number < %(look)s
)
SELECT id, (
    SELECT MIN(next_attempt_at) FROM speech_delivery
    WHERE state = 'PENDING' AND workspace_id = seen.id
) <= {now}
FROM seen WHERE id IS NOT NULL ORDER BY number
"""

_DESTINATIONS = """
WITH RECURSIVE seen(destination, number) AS (
    SELECT (
        SELECT MIN(destination) FROM speech_delivery
        WHERE state = 'PENDING' AND workspace_id = %(workspace)s AND destination > %(after)s
    ), 1
    UNION ALL
    SELECT (
        SELECT MIN(destination) FROM speech_delivery
        WHERE state = 'PENDING' AND workspace_id = %(workspace)s
        AND destination > seen.destination
    ), number + 1
    FROM seen WHERE destination IS NOT NULL AND number < %(look)s
)
SELECT destination, (
    SELECT MIN(next_attempt_at) FROM speech_delivery
    WHERE state = 'PENDING' AND workspace_id = %(workspace)s
    AND destination = seen.destination
) <= {now}
FROM seen WHERE destination IS NOT NULL ORDER BY number
"""


def workspaces_due(after: str) -> tuple[list[str], str]:
    """Return workspaces with something due, and where the next look begins ("" at the end)."""
    return _look(_WORKSPACES, {"after": after})


def destinations_due(workspace_id: str, after: str) -> tuple[list[str], str]:
    """Return a workspace's destinations with something due, and where the next look begins."""
    return _look(_DESTINATIONS, {"workspace": workspace_id, "after": after})


def _look(query: str, values: dict[str, Any]) -> tuple[list[str], str]:
    now, _none = Delivery.objects.all().query.get_compiler(connection=connection).compile(Now())
    with connection.cursor() as cursor:
        cursor.execute(query.format(now=now), {**values, "look": LOOK})
        rows = cursor.fetchall()
    return [key for key, due in rows if due], rows[-1][0] if len(rows) == LOOK else ""
