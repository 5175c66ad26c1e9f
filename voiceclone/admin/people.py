"""People, the workspaces they are in, and the keys of those."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern

from accounts.api_keys import revoke_api_key
from accounts.models import ApiKey, Membership, User, Workspace
from voiceclone.admin.base import ModelAdmin, ReadOnlyAdmin
from voiceclone.admin.watermark import right_url
from voices.languages import asked_language

_RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    """People. They change their address themselves, so that it gets verified."""

    ordering = ("email",)
    list_display = ("email", "is_active", "is_staff", "is_superuser", "date_joined", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "=id")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Rights", {"fields": ("is_active", *_RIGHTS)}),
        ("Dates", {"fields": ("date_joined", "last_login")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("email", "usable_password", "password1", "password2"),
            },
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Only superusers hand out rights."""
        fixed = () if obj is None else ("email", "date_joined", "last_login")
        return fixed if _is_superuser(request) else (*fixed, *_RIGHTS)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep other staff from taking over a superuser's account."""
        return _above(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep other staff from removing a superuser."""
        return _above(request, obj) and super().has_delete_permission(request, obj)


def _is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser


def _above(request: HttpRequest, person: User | None) -> bool:
    return _is_superuser(request) or person is None or not person.is_superuser


class WorkspaceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A tenant; its default language is written as customers write it."""

    class Meta:
        model = Workspace
        fields = ("name", "default_language")

    def clean_default_language(self) -> str | None:
        """Refuse a language that the engine does not speak."""
        written: str | None = self.cleaned_data["default_language"]
        language = asked_language(written or "auto")
        if language is None:
            raise forms.ValidationError("The engine does not speak this language.")
        return language or None


@admin.register(Workspace)
class WorkspaceAdmin(ModelAdmin[Workspace]):
    """Tenants. Sign-up and ``manage.py create_workspace`` make them, each with its wallet."""

    form = WorkspaceForm
    list_display = (
        "name",
        "id",
        "default_language",
        "may_omit_watermark",
        "created_at",
        "closed_at",
    )
    list_filter = ("may_omit_watermark",)
    readonly_fields = ("id", "may_omit_watermark", "created_at", "closed_at", "sweep_at")
    search_fields = ("=id", "name", "memberships__user__email")
    date_hierarchy = "created_at"

    def get_urls(self) -> list[URLPattern]:
        """Add the form of the right to audio without a watermark."""
        return [right_url(self), *super().get_urls()]

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Refuse: a row alone would have no wallet."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Refuse: the ledger outlives its workspace."""
        return False


@admin.register(Membership)
class MembershipAdmin(ModelAdmin[Membership]):
    """Who is in which workspace, as what."""

    list_display = ("user", "workspace", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "workspace")
    autocomplete_fields = ("user", "workspace")
    readonly_fields = ("created_at",)
    search_fields = ("user__email", "=workspace__id", "workspace__name")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Offer open workspaces alone: nobody can join one that was erased."""
        if db_field.name == "workspace":
            options["queryset"] = Workspace.objects.open()
        return super().formfield_for_foreignkey(db_field, request, **options)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin[ApiKey]):
    """Keys, without what they are made of; they can be revoked and nothing else."""

    list_display = ("name", "prefix", "workspace", "last_used_at", "expires_at", "revoked_at")
    list_select_related = ("workspace",)
    search_fields = ("=id", "=lookup", "name", "=workspace__id", "workspace__name")
    fields = (
        "id",
        "name",
        "prefix",
        "workspace",
        "scopes",
        "created_by",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )
    actions = ("revoke",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ApiKey], search_term: str
    ) -> tuple[QuerySet[ApiKey], bool]:
        """Find a key by the visible part, as it is written everywhere else."""
        return super().get_search_results(request, queryset, search_term.removeprefix("vc_"))

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Whether this person may revoke keys: whoever may change them."""
        return isinstance(request.user, User) and request.user.has_perm("accounts.change_apikey")

    @admin.action(description="Revoke the selected keys", permissions=["revoke"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        """Revoke keys from this moment on."""
        revoked = [
            key
            for key in keys.select_related("workspace")
            if revoke_api_key(workspace=key.workspace, key_id=key.pk)
        ]
        for key in revoked:
            self.log_change(request, key, "Revoked.")
        self.message_user(request, f"{len(revoked)} revoked.", messages.SUCCESS)
