"""The pages on which staff cancels, retries and refunds a job."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts.models import User
from billing.errors import InsufficientCreditsError
from inference.jobs.errors import StateConflictError
from inference.jobs.model import LIVE, Job
from inference.jobs.refunds import NothingToRefundError
from speech.interventions import AGAIN, cancel_job, refund_job, retry_job
from speech.models import Speech
from speech.readable import NothingToSpeakError
from speech.retries import RetryImpossibleError
from voiceclone.admin.base import ModelAdmin
from voices.models import Voice
from voices.operations import NameTakenError


class ReasonForm(forms.Form):
    """Why it is done."""

    reason = forms.CharField(
        max_length=500,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text="Kept on record for good: name a ticket, no person.",
    )

    def __init__(self, *args: Any, job: Job, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.job = job


class RefundForm(ReasonForm):
    """How much is given back, and why."""

    amount = forms.IntegerField(min_value=1)
    field_order = ("amount", "reason")

    def __init__(self, *args: Any, job: Job, **kwargs: Any) -> None:
        super().__init__(*args, job=job, **kwargs)
        amount = forms.IntegerField(
            min_value=1,
            max_value=job.cost,
            initial=job.cost,
            help_text=f"Credits, up to its price of {job.cost:,}. A job is refunded once.",
        )
        self.fields["amount"] = amount
        self.fields[
            "reason"
        ].help_text = "The customer reads it, and it is kept for good: name a ticket, no person."
        self.order_fields(self.field_order)


@dataclass(frozen=True, slots=True)
class JobAction:
    """One thing that can be done to a job, when it is offered, and how it is told."""

    name: str
    title: str
    what: str
    form: type[ReasonForm]
    perform: Callable[..., Speech | Voice]
    offered: Callable[[Job], bool]
    told: Callable[[Speech | Voice], str]
    permission: str = ""


ACTIONS = (
    JobAction(
        "cancel",
        "Cancel the job",
        "A queued job ends at once, one in work at its next step. Its price is given back, but"
        " for what was sent while it was made.",
        ReasonForm,
        cancel_job,
        lambda job: job.state in LIVE and not job.cancel_requested,
        lambda _job: "Cancelled",
    ),
    JobAction(
        "retry",
        "Retry the job",
        "A new job is made of the same request, and the workspace is charged for it.",
        ReasonForm,
        retry_job,
        lambda job: job.state in AGAIN and job.deleted_at is None,
        lambda new: f"Retried as {new.pk}",
    ),
    JobAction(
        "refund",
        "Refund the job",
        "Its price goes back to the workspace; the job stays as it ended.",
        RefundForm,
        refund_job,
        lambda job: job.is_final and job.cost > 0 and not job.refunded,
        lambda job: f"Refunded {job.refunded} credits",
        "billing.refund_jobs",
    ),
)


@dataclass(frozen=True, slots=True)
class JobActionView:
    """An action's address, for the admin of one kind of job."""

    jobs: ModelAdmin[Any]
    action: JobAction

    @property
    def name(self) -> str:
        """What its address is called."""
        opts = self.jobs.opts
        return f"{opts.app_label}_{opts.model_name}_{self.action.name}"

    def url(self) -> URLPattern:
        """Return its address."""
        view = self.jobs.admin_site.admin_view(self.view)
        return path(f"<slug:job_id>/{self.action.name}/", view, name=self.name)

    def allowed(self, request: HttpRequest) -> bool:
        """Whether this person may do it: refunds need a permission of their own."""
        opts = self.jobs.opts
        usual = f"{opts.app_label}.change_{opts.model_name}"
        user = request.user
        return isinstance(user, User) and user.has_perm(self.action.permission or usual)

    def view(self, request: HttpRequest, job_id: str) -> HttpResponse:
        """Ask for the reason and a confirmation, and do it."""
        if not self.allowed(request):
            raise PermissionDenied
        jobs = self.jobs.model.objects.filter(workspace__isnull=False)
        job = get_object_or_404(jobs.select_related("workspace"), pk=job_id)
        form = self.action.form(request.POST if request.method == "POST" else None, job=job)
        if not form.is_valid():
            return self._page(request, job, form)
        try:
            self._do(request, job, form)
        except (
            InsufficientCreditsError,
            NameTakenError,
            NothingToRefundError,
            NothingToSpeakError,
            RetryImpossibleError,
            StateConflictError,
        ) as error:
            form.add_error(None, _problem(error))
            return self._page(request, job, form)
        if self.jobs.has_view_permission(request):
            opts = self.jobs.opts
            return redirect(f"admin:{opts.app_label}_{opts.model_name}_change", job.pk)
        return redirect("admin:index")

    def _do(self, request: HttpRequest, job: Speech | Voice, form: ReasonForm) -> None:
        said = form.cleaned_data
        done = self.action.perform(job=job, actor=f"user:{request.user.pk}", **said)
        told = self.action.told(done)
        with transaction.atomic():
            self.jobs.log_change(request, job, f"{told}: {said['reason']}")
            if done.pk != job.pk:
                self.jobs.log_addition(request, done, f"Made by a retry of {job.pk}.")
        self.jobs.message_user(request, f"{told}.", messages.SUCCESS)

    def _page(self, request: HttpRequest, job: Any, form: ReasonForm) -> HttpResponse:
        context = {
            **self.jobs.admin_site.each_context(request),
            "opts": self.jobs.opts,
            "title": f"{self.action.title}: {job.pk}",
            "action": self.action,
            "job": job,
            "form": form,
            "has_view_permission": self.jobs.has_view_permission(request),
        }
        return TemplateResponse(request, "admin/job_action.html", context)


def _problem(error: Exception) -> str:
    match error:
        case InsufficientCreditsError():
            return (
                f"The workspace holds {error.credits:,} credits of the {error.needed:,} that it"
                " costs."
            )
        case NameTakenError():
            return "Another voice has its name by now."
        case NothingToRefundError():
            return "The job cost nothing, or was refunded before. Grant credits instead."
        case RetryImpossibleError() | NothingToSpeakError():
            return error.message
        case _:
            return "The state of the job does not allow this any more, or it was done before."
