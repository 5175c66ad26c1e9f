"""Rows of what was deleted go in the end, and what was billed stays."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from billing.audit import audit
from billing.models import Entry
from inference.jobs.lifecycle import claim
from inference.jobs.runner import run_claimed
from speech.models import Speech
from speech.operations import delete_speech
from speech.purge import purge_deleted_speeches
from tests.speech.asking import ask, handle, once
from tests.support.callers import Caller, run_jobs
from voices.models import StoredPrompt, Voice, VoiceUse
from voices.operations import delete_voice
from voices.purge import expire_handles, expire_one_request_voices, purge_deleted_voices

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]


def purge() -> None:
    expire_handles()
    expire_one_request_voices()
    purge_deleted_speeches()
    purge_deleted_voices()


def days_pass(days: float) -> None:
    """Have what housekeeping noted of its rows be so much older."""
    passed = timedelta(days=days)
    for kind in (Speech, Voice):
        for row in kind.objects.exclude(workspace=None):
            row.housekeeping_at -= passed
            for moment in ("finished_at", "deleted_at", "files_removed_at", "expires_at"):
                if getattr(row, moment, None) is not None:
                    setattr(row, moment, getattr(row, moment) - passed)
            row.save()


def test_the_row_of_a_deleted_speech_goes_a_week_after_its_files(ada: Caller) -> None:
    speech = Speech.get(ada.own_speech())
    delete_speech(speech=speech)
    purge()
    assert not default_storage.exists(speech.audio_name)
    days_pass(6.9)
    purge()
    assert Speech.objects.filter(pk=speech.pk).exists()
    days_pass(0.2)
    purge()
    assert not Speech.objects.filter(pk=speech.pk).exists()


def test_its_charge_stays_in_the_ledger(ada: Caller) -> None:
    spent = ada.credits()
    speech = ada.own_speech()
    spent -= ada.credits()
    delete_speech(speech=Speech.get(speech))
    purge()
    days_pass(8)
    purge()
    assert not Speech.objects.exists()
    charge = Entry.objects.get(job_id=speech)
    assert -(charge.regular + charge.permanent) == spent
    assert list(audit()) == []


def test_a_longer_time_counts_for_rows_whose_files_are_gone_already(
    ada: Caller, settings: Any
) -> None:
    delete_speech(speech=Speech.get(ada.own_speech()))
    purge()
    settings.RETENTION_DELETED_DAYS = 30
    days_pass(29)
    purge()
    assert Speech.objects.exists()
    days_pass(2)
    purge()
    assert not Speech.objects.exists()


def test_the_row_of_a_voice_stays_while_a_speech_names_it_and_goes_with_the_last(
    ada: Caller,
) -> None:
    voice = Voice.get(ada.own_voice())
    speech = Speech.get(ada.own_speech(voice=voice.pk))
    delete_voice(voice=voice)
    purge()
    days_pass(40)
    purge()
    assert Voice.objects.filter(pk=voice.pk).exists()
    delete_speech(speech=speech)
    purge()
    days_pass(8)
    purge()
    assert not Speech.objects.exists()
    purge()
    assert not Voice.objects.filter(pk=voice.pk).exists()
    assert not VoiceUse.objects.filter(voice_id=voice.pk).exists()


def test_a_recording_for_one_request_leaves_nothing_once_its_speech_is_gone(ada: Caller) -> None:
    speech = ask(ada, voice=once(ada))
    run_jobs()
    days_pass(1.1)
    delete_speech(speech=Speech.get(speech.pk))
    purge()
    days_pass(7.1)
    for _ in range(2):
        purge()
    assert not Speech.objects.exists()
    assert not Voice.objects.filter(workspace=ada.workspace).exists()


def test_an_expired_handle_leaves_nothing_in_the_end(ada: Caller) -> None:
    voice = handle(ada)
    days_pass(7.1)
    purge()
    assert Voice.get(voice.pk).files_removed_at is not None
    days_pass(7.1)
    purge()
    assert not Voice.objects.filter(pk=voice.pk).exists()
    assert not StoredPrompt.objects.exists()


def test_files_go_soon_after_a_deletion_whatever_housekeeping_had_put_off(ada: Caller) -> None:
    speech, voice = Speech.get(ada.own_speech()), Voice.get(ada.own_voice())
    later = timezone.now() + timedelta(days=1)
    for row in (speech, voice):
        type(row).objects.filter(pk=row.pk).update(housekeeping_at=later)
    delete_speech(speech=speech)
    delete_voice(voice=voice)
    purge()
    assert not default_storage.exists(speech.audio_name)
    assert not default_storage.exists(voice.reference_name)


def test_a_speech_that_was_deleted_while_it_ran_is_purged_after_its_end(ada: Caller) -> None:
    speech = ask(ada)
    held = claim(Speech, speech.pk)
    assert held is not None
    delete_speech(speech=Speech.get(speech.pk))
    purge()
    assert Speech.get(speech.pk).text
    run_claimed(held)
    purge()
    assert (Speech.get(speech.pk).state, Speech.get(speech.pk).text) == ("CANCELLED", "")


def test_a_row_that_an_older_version_inserts_is_purged_as_well(ada: Caller) -> None:
    """While an update is rolled out, it names no column that is new."""
    speech = Speech.get(ada.own_speech())
    known = [f'"{field.column}"' for field in Speech._meta.concrete_fields]
    known.remove('"housekeeping_at"')
    values = ", ".join("'older'" if column == '"id"' else column for column in known)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO speech_speech ({', '.join(known)}) SELECT {values} FROM speech_speech"
        )
    Speech.objects.filter(pk="older").update(deleted_at=timezone.now())
    purge()
    assert not default_storage.exists(speech.audio_name)
    assert Speech.get("older").text == ""
