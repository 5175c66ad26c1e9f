import pytest
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from speech.models import Delivery
from speech.webhooks.emit import deliver_once
from tests.webhooks.conftest import deliver_all, happen

pytestmark = [pytest.mark.anydb]


@pytest.mark.django_db(transaction=True)
def test_what_was_pending_before_destinations_is_given_one_and_sent(ada, hook, receivers):
    happen(ada.workspace)
    deliver_all()
    happen(ada.workspace)
    receiver = receivers()
    with transaction.atomic():
        deliver_once(workspace=ada.workspace, url=receiver.url, event_type="a", data={})
    MigrationExecutor(connection).migrate([("speech", "0006_unmarked_use")])
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    pending = Delivery.objects.filter(state="PENDING")
    assert set(pending.values_list("destination", flat=True)) == {hook.endpoint.pk, receiver.netloc}
    deliver_all()
    assert (len(hook.receiver.received), len(receiver.received)) == (2, 1)
