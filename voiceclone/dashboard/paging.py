from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

_PER_PAGE = 20


def page_of(request: HttpRequest, rows: QuerySet[Any]) -> Page[Any]:
    """Return the page that the query asks for; the nearest one where there is no such."""
    return Paginator(rows, _PER_PAGE).get_page(request.GET.get("page"))
