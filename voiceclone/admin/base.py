from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
else:

    class ModelAdmin(admin.ModelAdmin):
        """Django's own, which takes its model's type only where types are checked."""

        def __class_getitem__(cls, _model: object) -> type:
            return cls


__all__ = ["ModelAdmin", "ReadOnlyAdmin"]

Shown = TypeVar("Shown", bound=Model)


class ReadOnlyAdmin(ModelAdmin[Shown]):
    """Rows to look at; nobody changes them here, a superuser neither."""

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Refuse."""
        return False
