"""Rows of before languages were stored are kept, and spoken in the language of their text."""

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.models import Workspace
from speech.models import Speech
from tests.languages.mounts import audio, submitted
from tests.languages.sentences import SENTENCES
from tests.support.callers import Caller, run_jobs
from voices.models import Voice

TEXT = SENTENCES["de"][0]


@pytest.mark.django_db
@pytest.mark.anydb
def test_a_speech_that_was_queued_before_is_spoken_in_the_language_of_its_text(ada: Caller) -> None:
    queued = submitted(ada, "native", TEXT, format="wav")
    Speech.objects.filter(pk=queued.pk).update(language="")
    run_jobs()
    with default_storage.open(Speech.get(queued.pk).audio_name) as file:
        assert file.read() == audio(ada, "native", TEXT, format="wav", language="de")


@pytest.mark.django_db
@pytest.mark.anydb
def test_a_speech_that_was_queued_before_and_is_not_spoken_fails_and_is_refunded(
    ada: Caller, settings
) -> None:
    queued = submitted(ada, "native", "Good morning.", language="en")
    Speech.objects.filter(pk=queued.pk).update(language="", text="ꦗꦮ")
    run_jobs()
    failed = Speech.get(queued.pk)
    assert (failed.state, failed.error_code) == ("FAILED", "UNSUPPORTED_LANGUAGE")
    assert ada.credits() == 10_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.anydb
def test_the_migrations_keep_workspaces_and_voices_and_unset_their_language(ada: Caller) -> None:
    voice = ada.clone(title="Grandmother").json()["voiceId"]
    MigrationExecutor(connection).migrate(
        [("voices", "0008_housekeeping_indexes"), ("accounts", "0004_closed_workspaces")]
    )
    with connection.cursor() as cursor:
        for table in ("voices_voice", "accounts_workspace"):
            columns = connection.introspection.get_table_description(cursor, table)
            assert not {"language", "default_language"} & {column.name for column in columns}
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    kept = Voice.get(voice)
    assert (kept.title, kept.language) == ("Grandmother", None)
    workspace = Workspace.objects.get(pk=ada.workspace.pk)
    assert (workspace.name, workspace.default_language) == (ada.workspace.name, None)
