"""What the commands that act on a job share."""

from collections.abc import Callable

from django.core.management.base import CommandError, CommandParser

from billing.errors import InsufficientCreditsError
from billing.management.arguments import command_actor, reason_text
from inference.jobs.errors import StateConflictError
from inference.jobs.refunds import NothingToRefundError
from speech.interventions import job_by_id
from speech.models import Speech
from speech.retries import RetryImpossibleError
from voices.models import Voice
from voices.operations import NameTakenError

Done = Callable[..., Speech | Voice]


def add_arguments(parser: CommandParser, *, reason: str) -> None:
    """Declare the job's id and the reason; ``reason`` says who reads it."""
    parser.add_argument("job", help="the id of a speech or a voice")
    parser.add_argument("--reason", type=reason_text, required=True, help=reason)


def act(operation: Done, job_id: str, *, conflict: str, **asked: object) -> Speech | Voice:
    """Do something to a job; what forbids it ends the command with one line."""
    job = job_by_id(job_id)
    if job is None:
        raise CommandError(f"there is no job {job_id}")
    try:
        return operation(job=job, actor=command_actor(), **asked)
    except StateConflictError:
        raise CommandError(f"{conflict}: {job_id} is {job.state}") from None
    except NothingToRefundError:
        raise CommandError(
            f"{job_id} cost nothing or was refunded before (cost {job.cost},"
            f" refunded {job.refunded})"
        ) from None
    except InsufficientCreditsError as error:
        raise CommandError(
            f"the workspace holds {error.credits} credits of the {error.needed} that it costs"
        ) from None
    except NameTakenError:
        raise CommandError("another voice has its name by now") from None
    except (RetryImpossibleError, ValueError) as error:
        raise CommandError(str(error)) from None
