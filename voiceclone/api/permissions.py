from typing import Any

from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class HasScope(BasePermission):
    """A live key that carries the view's ``scope``."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Refuse in the form the dialect's error handler knows."""
        key: Any = request.auth
        if key is None:
            raise NotAuthenticated
        if not key.allows(view.scope):
            raise PermissionDenied(f"This API key lacks the scope {view.scope}")
        return True
