"""The pages that grant credits and take them back: a form, a preview, the deed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from accounts.models import User
from billing.errors import IdempotencyConflictError, InsufficientCreditsError
from billing.models import Entry, Wallet
from billing.operations import grant, take_back
from billing.queries import BalanceView, balance_of
from voiceclone.admin.credit_forms import CreditForm, GrantForm, TakeBackForm
from voiceclone.admin.subscription_views import Pages


@dataclass(frozen=True, slots=True)
class Move:
    """One way in which staff moves credits, and how it is told: "Granted", "been granted"."""

    name: str
    title: str
    done: str
    been: str
    permission: str
    form: type[CreditForm]
    perform: Callable[..., Entry]

    def told(self, entry: Entry) -> str:
        """Return what the admin's log says of an entry."""
        parts = {"regular": abs(entry.regular), "permanent": abs(entry.permanent)}
        amounts = " and ".join(f"{part} {name}" for name, part in parts.items() if part)
        return f"{self.done} {amounts} credits (entry {entry.sequence})."


@dataclass(frozen=True, slots=True)
class Preview:
    """What a move would do."""

    amount: int
    before: BalanceView
    after: Entry


@dataclass(frozen=True, slots=True)
class MoveView:
    """A move's address."""

    pages: Pages
    move: Move

    def view(self, request: HttpRequest, workspace_id: str) -> HttpResponse:
        """Ask, show what would come of it, and do it once it is confirmed."""
        user = request.user
        if not isinstance(user, User) or not user.has_perm(self.move.permission):
            raise PermissionDenied
        wallet = get_object_or_404(
            Wallet.objects.select_related("workspace"), workspace=workspace_id
        )
        form = self.move.form(request.POST if request.method == "POST" else None)
        if not form.is_valid():
            return self._page(request, wallet, form)
        if "back" in request.POST:
            return self._page(request, wallet, form.again())
        return self._do(request, wallet, form, user)

    def _do(
        self, request: HttpRequest, wallet: Wallet, form: CreditForm, user: User
    ) -> HttpResponse:
        confirmed = "confirm" in request.POST and form.cleaned_data["token"] is not None
        before = balance_of(wallet.workspace)
        try:
            with transaction.atomic():
                entry = self._perform(wallet, form, actor=f"user:{user.pk}")
                new = confirmed and self._log_once(request, wallet, entry)
                # A preview is rolled back, so it cannot be wrong.
                transaction.set_rollback(not confirmed)
        except InsufficientCreditsError as error:
            form.add_error("amount", f"There are only {error.credits:,} credits to take from.")
            return self._page(request, wallet, form)
        except IdempotencyConflictError:
            form.add_error(None, "This preview was confirmed before, with other values.")
            return self._page(request, wallet, form)
        if not confirmed:
            preview = Preview(abs(entry.amount), before, entry)
            return self._page(request, wallet, form, preview)
        return self._leave(request, wallet, entry, new=new)

    def _perform(self, wallet: Wallet, form: CreditForm, actor: str) -> Entry:
        said = dict(form.cleaned_data)
        token = said.pop("token")
        key = None if token is None else f"admin-{self.move.name.replace('_', '-')}:{token}"
        return self.move.perform(
            workspace=wallet.workspace, actor=actor, idempotency_key=key, **said
        )

    def _log_once(self, request: HttpRequest, wallet: Wallet, entry: Entry) -> bool:
        """Write the admin's log; False where it tells of this entry already.

        The wallet's lock is held, so a second click looks after the first has ended.
        """
        said = self.move.told(entry)
        told = LogEntry.objects.filter(
            content_type__app_label="billing",
            content_type__model="wallet",
            object_id=str(wallet.pk),
            change_message=said,
        )
        if told.exists():
            return False
        self.pages.log_change(request, wallet, said)
        return True

    def _leave(
        self, request: HttpRequest, wallet: Wallet, entry: Entry, *, new: bool
    ) -> HttpResponse:
        amount, done = f"{abs(entry.amount):,} credits", self.move.done
        if new:
            said = f"{done} {amount}: {wallet.workspace}."
            self.pages.message_user(request, said, messages.SUCCESS)
        else:
            said = f"These {amount} had been {self.move.been} before; nothing was changed."
            self.pages.message_user(request, said, messages.WARNING)
        return self.pages.leave(request, wallet)

    def _page(
        self, request: HttpRequest, wallet: Wallet, form: CreditForm, preview: Preview | None = None
    ) -> HttpResponse:
        more: dict[str, Any] = {"form": form}
        if preview is not None:
            more = {"form": form.hidden(), "said": form.words(), "preview": preview}
        name = "action" if preview is None else "credit_preview"
        return self.pages.page(request, wallet, name, self.move.title, **more)


MOVES = (
    Move("grant", "Grant credits", "Granted", "granted", "billing.grant_credits", GrantForm, grant),
    Move(
        "take_back",
        "Take back credits",
        "Took back",
        "taken back",
        "billing.take_back_credits",
        TakeBackForm,
        take_back,
    ),
)
