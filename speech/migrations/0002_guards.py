from django.db import migrations

from inference.jobs.guards import guard_job_table


class Migration(migrations.Migration):
    """The triggers that keep a job's end final."""

    dependencies = [("speech", "0001_initial")]

    operations = [guard_job_table("speech_speech")]
