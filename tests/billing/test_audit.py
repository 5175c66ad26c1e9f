import tracemalloc
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from billing.audit import audit, audit_wallet
from billing.models import Entry
from billing.operations import charge, grant, refund, start_subscription, take_back
from tests.billing.books import wallet_of
from tests.billing.conftest import make_workspace
from tests.billing.tampering import guards_off, run

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]


@pytest.fixture
def books(ada, grace, maker, clock):
    """A ledger with something of everything in it."""
    for workspace in (ada, grace):
        grant(workspace=workspace, amount=500)
        start_subscription(
            workspace=workspace, plan=maker, external_reference=f"sub {workspace.name}"
        )
        for n in range(3):
            charge(workspace=workspace, amount=400, job_id=f"{workspace.name} {n}")
        refund(workspace=workspace, job_id=f"{workspace.name} 0")
        refund(workspace=workspace, job_id=f"{workspace.name} 2", amount=150)
        clock.pass_(days=40)
        refund(workspace=workspace, job_id=f"{workspace.name} 1")
        take_back(workspace=workspace, amount=20, reason="charged back", actor="user:7")
    return ada, grace


def audited() -> str:
    out = StringIO()
    call_command("audit_ledger", stdout=out)
    return out.getvalue()


def test_a_sound_ledger_passes(books):
    assert audited() == "2 wallets agree with their entries\n"


def test_an_empty_ledger_passes():
    assert audited() == "0 wallets agree with their entries\n"


def test_a_wallet_that_moves_on_while_it_is_audited_passes(books):
    ada, _grace = books
    read_before = wallet_of(ada)
    grant(workspace=ada, amount=1)
    assert list(audit_wallet(read_before)) == []


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE billing_wallet SET permanent = permanent + 1 WHERE id = {ada}", "the wallet says"),
        ("UPDATE billing_wallet SET regular = regular + 1 WHERE id = {grace}", "the wallet says"),
        ("UPDATE billing_wallet SET sequence = sequence + 1 WHERE id = {ada}", "the wallet says"),
        ("UPDATE billing_wallet SET sequence = sequence - 1 WHERE id = {ada}", "the wallet says"),
        ("UPDATE billing_entry SET permanent = 501 WHERE wallet_id = {ada} AND sequence = 1",
         "entry 1 says"),
        ("UPDATE billing_entry SET permanent_after = 7 WHERE wallet_id = {ada} AND sequence = 4",
         "entry 4 says"),
        ("UPDATE billing_entry SET regular_after = 7 WHERE wallet_id = {grace} AND sequence = 4",
         "entry 4 says"),
        ("DELETE FROM billing_entry WHERE wallet_id = {ada} AND sequence = 4",
         "entry 4 is missing"),
        ("DELETE FROM billing_entry WHERE wallet_id = {ada} AND sequence = 1",
         "entry 1 is missing"),
        ("DELETE FROM billing_entry WHERE wallet_id = {ada} AND sequence = {last}",
         "the wallet says"),
        ("DELETE FROM billing_entry WHERE wallet_id = {ada}", "the wallet says"),
        ("UPDATE billing_entry SET sequence = 99 WHERE wallet_id = {ada} AND sequence = {last}",
         "the wallet says"),
        (("INSERT INTO billing_entry (wallet_id, sequence, kind, regular, permanent, regular_after,"
         " permanent_after, actor, created_at) SELECT wallet_id, sequence + 1, 'grant', 0, 9,"
         " regular_after, permanent_after + 9, actor, created_at FROM billing_entry"
         " WHERE wallet_id = {ada} AND sequence = {last}"), "did not move the wallet"),
        ("UPDATE billing_entry SET reason = '' WHERE wallet_id = {ada} AND kind = 'adjust'",
         "adjusts upwards or without a reason"),
        ("UPDATE billing_entry SET kind = 'adjust' WHERE wallet_id = {ada} AND sequence = 1",
         "adjusts upwards or without a reason"),
        ("UPDATE billing_entry SET job_id = 'another' WHERE job_id = 'Ada 0' AND kind = 'charge'",
         "gives back more than was charged"),
        ("UPDATE billing_entry SET job_id = 'Grace 1' WHERE job_id = 'Ada 2' AND kind = 'refund'",
         "2 entries of kind refund"),
        ("UPDATE billing_entry SET job_id = 'Grace 1' WHERE job_id = 'Ada 2' AND kind = 'charge'",
         "2 entries of kind charge"),
    ],
)  # fmt: skip
def test_tampering_is_found(books, tampering, found):
    ada, grace = map(wallet_of, books)
    with guards_off():
        if "job_id = 'Grace" in tampering:
            run("DROP INDEX billing_entry_one_charge_per_job")
            run("DROP INDEX billing_entry_one_refund_per_job")
        run(tampering.format(ada=ada.pk, grace=grace.pk, last=ada.sequence))
    with pytest.raises(CommandError, match=found) as error:
        audited()
    assert error.value.returncode == 1


def test_a_refund_above_its_charge_is_found_though_all_sums_agree(books):
    ada, _grace = map(wallet_of, books)
    at = Entry.objects.get(job_id="Ada 2", kind="refund").sequence
    after = f"WHERE wallet_id = {ada.pk} AND sequence >= {at}"
    with guards_off():
        run(
            f"UPDATE billing_entry SET permanent = permanent + 100"
            f" WHERE wallet_id = {ada.pk} AND sequence = {at}"
        )
        run(f"UPDATE billing_entry SET permanent_after = permanent_after + 100 {after}")
        run(f"UPDATE billing_wallet SET permanent = permanent + 100 WHERE id = {ada.pk}")
    assert [str(difference) for difference in audit()] == [
        f"job Ada 2: entry {at} of wallet {ada.pk} gives back more than was charged"
    ]


def test_a_refund_in_the_wallet_of_another_is_found(books):
    ada, grace = map(wallet_of, books)
    with guards_off():
        run(
            "UPDATE billing_entry SET job_id = 'Grace 9'"
            f" WHERE wallet_id = {grace.pk} AND kind = 'charge' AND job_id = 'Grace 0'"
        )
        run(
            "UPDATE billing_entry SET job_id = 'Grace 0'"
            f" WHERE wallet_id = {ada.pk} AND kind = 'charge' AND job_id = 'Ada 1'"
        )
    found = [str(difference) for difference in audit()]
    assert any("Grace 0" in one for one in found)
    assert any("Ada 1" in one for one in found)


@pytest.mark.django_db(transaction=True)
def test_a_guard_that_is_gone_is_found():
    make_workspace("Ada")
    try:
        with transaction.atomic(), guards_off():
            with pytest.raises(CommandError, match="billing_entry_adjustment_takes_back"):
                audited()
            raise RuntimeError  # noqa: TRY301 - to have the guards back
    except RuntimeError:
        pass
    assert audited() == "1 wallets agree with their entries\n"


def test_the_audit_of_a_long_ledger_needs_little_memory(ada):
    entries = 50_000
    wallet = wallet_of(ada)
    series = {
        "postgresql": "SELECT n FROM generate_series(1, %s) AS s(n)",
        "sqlite": "WITH RECURSIVE s(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM s WHERE n < %s)"
        " SELECT n FROM s",
    }
    with guards_off():
        run(
            "INSERT INTO billing_entry (wallet_id, sequence, kind, regular, permanent,"
            " regular_after, permanent_after, job_id, actor, created_at)"
            " SELECT %s, n, CASE WHEN n %% 2 = 1 THEN 'grant' ELSE 'charge' END,"
            " 0, CASE WHEN n %% 2 = 1 THEN 1 ELSE -1 END, 0, n %% 2,"
            " CASE WHEN n %% 2 = 0 THEN 'speech ' || n END, 'system', %s"
            f" FROM ({series[connection.vendor]}) AS numbers",
            wallet.pk,
            wallet.created_at,
            entries,
        )
        run("UPDATE billing_wallet SET sequence = %s WHERE id = %s", entries, wallet.pk)
    assert list(audit()) == []
    tracemalloc.start()
    try:
        assert list(audit()) == []
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * 2**20
