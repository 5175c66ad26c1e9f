from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request


class JsonAlways(BaseContentNegotiation):
    """Answers in the view's one form whatever ``Accept`` says: clients send odd ones."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """Choose the parser by content type, as DRF does."""
        from rest_framework.negotiation import DefaultContentNegotiation  # noqa: PLC0415

        return DefaultContentNegotiation().select_parser(request, parsers)

    def select_renderer(self, _request: Request, renderers: Any, _suffix: Any = None) -> Any:
        """Choose the first renderer."""
        return renderers[0], renderers[0].media_type
