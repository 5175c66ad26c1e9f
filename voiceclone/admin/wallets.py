"""Plans, wallets with what can be done to them, their entries, and what was paid for."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from billing.models import Entry, PaymentEvent, Plan, Wallet
from voiceclone.admin.base import ModelAdmin, ReadOnlyAdmin
from voiceclone.admin.credit_views import MOVES, MoveView
from voiceclone.admin.subscription_actions import ACTIONS
from voiceclone.admin.subscription_views import ActionView

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
    readonly_fields = ("note_of_staff",)

    @admin.display
    def note_of_staff(self, entry: Entry) -> str:
        """What staff noted of a grant, which the customer does not see."""
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
    """Balances, and the forms that move credits and say what was paid for."""

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
        views = {move.name: MoveView(self, move).view for move in MOVES}
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
