"""Plans, wallets with what can be done to them, their entries, and what was paid for."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts.models import User
from billing.errors import IdempotencyConflictError
from billing.models import Entry, PaymentEvent, Plan, Wallet
from billing.operations import grant
from billing.queries import balance_of
from voiceclone.admin.base import ModelAdmin, ReadOnlyAdmin
from voiceclone.admin.grant_form import ConfirmedGrantForm, GrantForm
from voiceclone.admin.subscription_actions import ACTIONS
from voiceclone.admin.subscription_views import ActionView

_PERMISSION = "billing.grant_credits"
_GRANT = "Grant credits"
_TENANT = ("=workspace__id", "workspace__name", "workspace__memberships__user__email")


@admin.register(Plan)
class PlanAdmin(ModelAdmin[Plan]):
    """What subscriptions give."""

    list_display = ("name", "monthly_credits", "active")
    list_filter = ("active",)


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin[Entry]):
    """The ledger."""

    list_display = (
        "created_at",
        "kind",
        "regular",
        "permanent",
        "regular_after",
        "permanent_after",
        "actor",
        "sequence",
        "wallet",
    )
    list_filter = ("kind",)
    list_select_related = ("wallet",)
    search_fields = ("=job_id", "=actor", "=wallet__workspace__id")
    ordering = ("-created_at", "-pk")
    readonly_fields = ("reason",)

    @admin.display
    def reason(self, entry: Entry) -> str:
        """What was said of it."""
        return entry.note.text if hasattr(entry, "note") else "-"


@admin.register(PaymentEvent)
class PaymentEventAdmin(ReadOnlyAdmin[PaymentEvent]):
    """What payment systems, and staff in their place, have told us."""

    list_display = ("created_at", "kind", "reference", "wallet", "plan", "credits", "actor")
    list_filter = ("kind",)
    list_select_related = ("wallet", "plan")
    search_fields = ("reference", "=actor", "=wallet__workspace__id", "wallet__workspace__name")
    ordering = ("-created_at", "-pk")


@admin.register(Wallet)
class WalletAdmin(ReadOnlyAdmin[Wallet]):
    """Balances, and the forms that grant credits and say what was paid for."""

    list_display = ("workspace", "workspace_id", "regular", "permanent", "plan", "resets_at")
    list_select_related = ("workspace", "plan")
    search_fields = _TENANT
    fields = (
        "workspace",
        "regular",
        "permanent",
        "plan",
        "next_plan",
        "ends_at_reset",
        "resets_at",
        "sequence",
        "created_at",
    )
    ordering = ("-created_at",)

    def get_urls(self) -> list[URLPattern]:
        """Add the forms' addresses."""
        views = {"grant": self.grant_view}
        views |= {action.name: ActionView(self, action).view for action in ACTIONS}
        return [
            *(
                path(
                    f"{name.replace('_', '-')}/<slug:workspace_id>/",
                    self.admin_site.admin_view(view),
                    name=f"billing_wallet_{name}",
                )
                for name, view in views.items()
            ),
            *super().get_urls(),
        ]

    def grant_view(self, request: HttpRequest, workspace_id: str) -> HttpResponse:
        """Ask for a grant, show what it would do, and do it, once a preview."""
        user = request.user
        if not isinstance(user, User) or not user.has_perm(_PERMISSION):
            raise PermissionDenied
        wallet = get_object_or_404(
            Wallet.objects.select_related("workspace"), workspace=workspace_id
        )
        if request.method != "POST":
            return self._form(request, wallet, GrantForm())
        form = GrantForm(request.POST)
        if not form.is_valid():
            return self._form(request, wallet, form)
        if "back" in request.POST:
            return self._form(request, wallet, GrantForm(initial=form.cleaned_data))
        confirmed = ConfirmedGrantForm(request.POST)
        if "confirm" not in request.POST or not confirmed.is_valid():
            return self._preview(request, wallet, form)
        return self._confirm(request, wallet, confirmed, actor=f"user:{user.pk}")

    def _confirm(
        self, request: HttpRequest, wallet: Wallet, confirmed: ConfirmedGrantForm, actor: str
    ) -> HttpResponse:
        said = confirmed.cleaned_data
        try:
            with transaction.atomic():
                entry = grant(
                    workspace=wallet.workspace,
                    amount=said["amount"],
                    balance=said["balance"],
                    actor=actor,
                    reason=said["reason"],
                    idempotency_key=f"admin-grant:{said['token']}",
                )
                granted_now = self._log_once(request, wallet, entry)
        except IdempotencyConflictError:
            form = GrantForm(request.POST)
            form.add_error(None, "This preview was confirmed before, with other values.")
            return self._form(request, wallet, form)
        if granted_now:
            done = f"Granted {entry.amount:,} credits to {wallet.workspace}."
            self.message_user(request, done, messages.SUCCESS)
        else:
            known = f"These {entry.amount:,} credits had been granted before; nothing was added."
            self.message_user(request, known, messages.WARNING)
        return self.leave(request, wallet)

    def _log_once(self, request: HttpRequest, wallet: Wallet, entry: Entry) -> bool:
        """Write the admin's log; False where it tells of this entry already.

        The grant holds the wallet's lock, so a second click looks after the first has ended.
        """
        which = "regular" if entry.regular else "permanent"
        said = f"Granted {entry.amount} {which} credits (entry {entry.sequence})."
        told = LogEntry.objects.filter(
            content_type__app_label="billing",
            content_type__model="wallet",
            object_id=str(wallet.pk),
            change_message=said,
        )
        if told.exists():
            return False
        self.log_change(request, wallet, said)
        return True

    def _form(self, request: HttpRequest, wallet: Wallet, form: GrantForm) -> HttpResponse:
        return self.page(request, wallet, "action", _GRANT, form=form)

    def _preview(self, request: HttpRequest, wallet: Wallet, form: GrantForm) -> HttpResponse:
        before = balance_of(wallet.workspace)
        amount, balance = form.cleaned_data["amount"], form.cleaned_data["balance"]
        return self.page(
            request,
            wallet,
            "grant_preview",
            _GRANT,
            form=ConfirmedGrantForm.of(form),
            said=form.cleaned_data,
            before=before,
            regular_after=before.regular + (amount if balance == "regular" else 0),
            permanent_after=before.permanent + (amount if balance == "permanent" else 0),
        )

    def page(
        self, request: HttpRequest, wallet: Wallet, name: str, title: str, **more: Any
    ) -> HttpResponse:
        """Render a page of something that can be done to a wallet."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{title}: {wallet.workspace}",
            "crumb": title,
            "wallet": wallet,
            "has_view_permission": self.has_view_permission(request),
            **more,
        }
        return TemplateResponse(request, f"admin/billing/wallet/{name}.html", context)

    def leave(self, request: HttpRequest, wallet: Wallet) -> HttpResponse:
        """Go to the wallet, or home where this person may not see it."""
        if self.has_view_permission(request):
            return redirect("admin:billing_wallet_change", wallet.pk)
        return redirect("admin:index")
