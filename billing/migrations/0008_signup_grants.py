import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Sign-up credits are given once a person and once an address."""

    dependencies = [
        ("billing", "0007_taking_back"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SignupGrant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address_hash", models.CharField(max_length=64, null=True)),
                ("gave_credits", models.BooleanField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("address_hash",), name="billing_signupgrant_one_per_address"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("gave_credits", True)),
                        fields=("person",),
                        name="billing_signupgrant_one_per_person",
                    ),
                ],
            },
        ),
    ]
