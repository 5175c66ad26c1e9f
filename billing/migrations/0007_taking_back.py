from django.db import migrations, models

from billing.guards import run_sql_file


class Migration(migrations.Migration):
    """Credits can be taken back, with a reason that the customer reads.

    The guards are taken down first, because SQLite rebuilds the table they stand on.
    """

    dependencies = [("billing", "0006_passing_voices")]

    operations = [
        run_sql_file("drop_guards_2", undo="guards_2"),
        migrations.AddField(
            model_name="entry",
            name="reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AlterField(
            model_name="entry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("grant", "Grant"),
                    ("purchase", "Purchase"),
                    ("reset", "Reset"),
                    ("charge", "Charge"),
                    ("refund", "Refund"),
                    ("lapse", "Lapse"),
                    ("adjust", "Taken back"),
                ],
                max_length=8,
            ),
        ),
        run_sql_file("guards_2", undo="drop_guards_2"),
        run_sql_file("guards_3", undo="drop_guards_3"),
        migrations.AlterModelOptions(
            name="wallet",
            options={
                "permissions": [
                    ("grant_credits", "Can grant credits"),
                    ("take_back_credits", "Can take back credits"),
                    ("refund_jobs", "Can refund jobs"),
                ]
            },
        ),
    ]
