from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from accounts.closing import WorkspaceClosedError
from accounts.models import Membership, Role, User, Workspace
from accounts.operations import ensure_personal_workspace

_SESSION_KEY = "workspace"


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a person sits: the membership acted under, and the others to choose from."""

    user: User
    membership: Membership
    memberships: list[Membership]

    @property
    def workspace(self) -> Workspace:
        """The tenant that every query of the page starts from."""
        return self.membership.workspace

    @property
    def manages_keys(self) -> bool:
        """Whether this person may create and revoke keys here."""
        return self.membership.manages_keys

    @property
    def manages_webhooks(self) -> bool:
        """Whether this person may do more with webhooks than see them: whoever manages keys."""
        return self.membership.manages_keys

    @property
    def owns(self) -> bool:
        """Whether this person may take the whole workspace along, or erase it."""
        return self.membership.role == Role.OWNER

    @property
    def actor(self) -> str:
        """How the ledger names this person."""
        return f"user:{self.user.pk}"


def seated(
    view: Callable[..., HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Have a view called with the :class:`Seat` of whoever is logged in.

    Its pages are a person's own, so no cache may keep them. Where the workspace was erased in
    the meantime the person is sent to another one.
    """

    @never_cache
    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, seat_of(request), **kwargs)
        except WorkspaceClosedError:
            messages.warning(request, "The workspace has been erased.")
            return redirect("dashboard")

    return wrapped


def seat_of(request: HttpRequest) -> Seat:
    """Return the seat that the session asks for, checked against today's memberships.

    A choice that is no membership any more falls back to the oldest one. Somebody who is in no
    workspace, such as a superuser made on the command line, gets a personal one.
    """
    user = request.user
    assert isinstance(user, User)
    memberships = _memberships_of(user)
    if not memberships:
        with transaction.atomic():
            ensure_personal_workspace(user=user)
        memberships = _memberships_of(user)
    wanted = request.session.get(_SESSION_KEY)
    chosen = next((one for one in memberships if one.workspace_id == wanted), memberships[0])
    return Seat(user=user, membership=chosen, memberships=memberships)


def take_seat(request: HttpRequest, seat: Seat, workspace_id: str) -> bool:
    """Have the session ask for another workspace from now on; False where one is in no such."""
    known = any(one.workspace_id == workspace_id for one in seat.memberships)
    if known:
        request.session[_SESSION_KEY] = workspace_id
    return known


def _memberships_of(user: User) -> list[Membership]:
    found = Membership.objects.filter(user=user).select_related("workspace")
    return list(found.order_by("created_at", "pk"))
