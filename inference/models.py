from django.db import models

from accounts.models import Workspace


class Turn(models.Model):
    """When a workspace last had a job taken up: the queue goes round by it.

    Its row is also the lock under which a workspace's running jobs are counted.
    """

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="+")
    served_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"turn of {self.workspace_id}"
