from typing import Any

from django.db import migrations

from billing.signup_addresses import address_hashes

_BATCH = 1000


def remember(apps: Any, _schema_editor: Any) -> None:
    """Whoever is here has had their credits: they came with every new workspace until now."""
    SignupGrant = apps.get_model("billing", "SignupGrant")
    people = apps.get_model("accounts", "User").objects.values_list("pk", "email")
    addresses = apps.get_model("account", "EmailAddress").objects.filter(verified=True)
    known: set[str] = set()
    rows = []

    def new_hash(address: str) -> str | None:
        found = address_hashes(address)[0]
        if found in known:
            return None
        known.add(found)
        return found

    for person, address in people.order_by("pk").iterator(chunk_size=_BATCH):
        # Of two spellings of one address the second person is remembered without it.
        rows.append(
            SignupGrant(person_id=person, address_hash=new_hash(address), gave_credits=True)
        )
    further = addresses.order_by("pk").values_list("user_id", "email")
    for person, address in further.iterator(chunk_size=_BATCH):
        if (found := new_hash(address)) is not None:
            rows.append(SignupGrant(person_id=person, address_hash=found, gave_credits=False))
    SignupGrant.objects.bulk_create(rows, batch_size=_BATCH)


class Migration(migrations.Migration):
    """People who signed up before get their sign-up credits no second time."""

    dependencies = [
        ("billing", "0008_signup_grants"),
        ("accounts", "0001_initial"),
        ("account", "0001_initial"),
    ]

    operations = [migrations.RunPython(remember, migrations.RunPython.noop)]
