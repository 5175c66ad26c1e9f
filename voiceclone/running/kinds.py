from inference.jobs.model import Job
from speech.models import Speech
from voices.models import Voice

JOB_KINDS: tuple[type[Job], ...] = (Voice, Speech)
"""Every kind of job there is."""
