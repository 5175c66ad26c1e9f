from typing import Any

from django.db.models import QuerySet

from voiceclone.api.native.responses import pagination


def page_of(rows: QuerySet[Any], page: int, limit: int) -> tuple[list[Any], dict[str, Any]]:
    """Return one page of ``rows`` and its description. A page past the end is empty."""
    total = rows.count()
    start = (page - 1) * limit
    return list(rows[start : start + limit]), pagination(page, limit, total)
