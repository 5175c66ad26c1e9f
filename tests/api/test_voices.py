"""GET, PATCH and DELETE of voices."""

import itertools
from datetime import timedelta

import pytest
from django.utils import timezone

from inference.jobs.model import JobState
from tests.api.replies import TIME, assert_error, assert_invalid, ok
from tests.support.callers import AARON, Caller, run_jobs
from voices.models import Voice, VoiceUse

VOICES = "/api/v1/voices"
NO_VOICE = "Voice not found or not available"


def listed(caller: Caller, query: str = "") -> list[str]:
    return [voice["id"] for voice in ok(caller.get(f"{VOICES}?{query}"))["voices"]]


def make_voices(caller: Caller, *titles: str) -> list[str]:
    """Make finished voices a day apart, without files; returns their ids, oldest first."""
    made = []
    for number, title in enumerate(titles):
        moment = timezone.now() - timedelta(days=len(titles) - number)
        voice = Voice.objects.create(
            workspace=caller.workspace,
            title=title,
            state=JobState.COMPLETED,
            duration=10.0 + number,
            created_at=moment,
            updated_at=moment,
            finished_at=moment,
        )
        made.append(voice.pk)
    return made


def test_a_listed_voice_has_the_documented_shape(ada: Caller) -> None:
    voice_id = ada.own_voice(title="My voice", tags="male,young")
    ok(ada.say(voice=voice_id))
    body = ok(ada.get(VOICES))
    assert set(body) == {"success", "voices", "pagination"}
    [voice] = body["voices"]
    assert TIME.fullmatch(voice["createdAt"])
    assert TIME.fullmatch(voice["updatedAt"])
    assert voice["audioUrl"].startswith("http://testserver/files/")
    documented = {
        "id": voice_id,
        "title": "My voice",
        "description": None,
        "coverImage": None,
        "duration": 2.0,
        "status": "COMPLETED",
        "type": "USER",
        "isPublic": False,
        "popularity": 1,
        "tags": ["male", "young"],
        "usageCount": 1,
    }
    assert {name: voice[name] for name in documented} == documented
    assert body["pagination"] == {
        "page": 1,
        "limit": 20,
        "total": 1,
        "totalPages": 1,
        "hasNext": False,
        "hasPrev": False,
    }


def test_without_a_type_only_ones_own_voices_are_listed(ada: Caller, grace: Caller) -> None:
    mine = make_voices(ada, "Mine")
    make_voices(grace, "Hers")
    assert listed(ada) == mine
    assert listed(ada, "type=USER") == mine


def test_the_system_voices_are_everybodys(ada: Caller, grace: Caller) -> None:
    body = ok(ada.get(f"{VOICES}?type=SYSTEM&limit=100&sortBy=title&sortOrder=asc"))
    assert body["pagination"]["total"] == 37
    assert body["voices"][0]["title"] == "Aaron"
    assert all(voice["type"] == "SYSTEM" and voice["isPublic"] for voice in body["voices"])
    assert listed(grace, "type=SYSTEM&limit=100") == listed(ada, "type=SYSTEM&limit=100")


def test_what_made_a_voice_is_named_once_it_is_done(ada: Caller) -> None:
    ok(ada.clone())
    [before] = ok(ada.get(VOICES))["voices"]
    assert (before["engine"], before["model"]) == (None, None)
    run_jobs()
    [after] = ok(ada.get(VOICES))["voices"]
    assert after["engine"] == "espeak"
    assert after["model"].startswith("espeak")


def test_an_empty_list_is_a_page_of_none(ada: Caller) -> None:
    assert ok(ada.get(VOICES))["pagination"] == {
        "page": 1,
        "limit": 20,
        "total": 0,
        "totalPages": 0,
        "hasNext": False,
        "hasPrev": False,
    }


def test_pages_are_of_20_and_at_most_100(ada: Caller) -> None:
    ids = make_voices(ada, *(f"Voice {number:03}" for number in range(101)))[::-1]
    assert listed(ada) == ids[:20]
    assert listed(ada, "page=2") == ids[20:40]
    assert listed(ada, "limit=100") == ids[:100]
    assert listed(ada, "limit=100&page=2") == ids[100:]
    assert listed(ada, "page=1000000") == []
    last = ok(ada.get(f"{VOICES}?limit=50&page=3"))["pagination"]
    assert (last["totalPages"], last["hasNext"], last["hasPrev"]) == (3, False, True)


@pytest.mark.parametrize("status", ["PROCESSING", "COMPLETED", "FAILED"])
def test_a_status_filters(ada: Caller, status: str) -> None:
    states = {
        "PROCESSING": ["QUEUED", "RUNNING"],
        "COMPLETED": ["COMPLETED"],
        "FAILED": ["FAILED", "CANCELLED", "TIMED_OUT"],
    }
    now = timezone.now()
    made = {}
    for state in itertools.chain(*states.values()):
        ended = state not in states["PROCESSING"]
        made[state] = Voice.objects.create(
            workspace=ada.workspace,
            title=state,
            state=state,
            error_code="X" if ended else "",
            finished_at=now if ended else None,
            lease_until=now if state == "RUNNING" else None,
        ).pk
    assert set(listed(ada, f"status={status}")) == {made[state] for state in states[status]}


def test_each_field_sorts_both_ways_and_created_at_descending_is_the_default(ada: Caller) -> None:
    first, second, third = make_voices(ada, "b", "c", "a")
    Voice.objects.filter(pk=first).update(updated_at=timezone.now(), duration=99)
    for voice_id, count in ((first, 1), (second, 3), (third, 2)):
        VoiceUse.objects.create(
            voice_id=voice_id, workspace=ada.workspace, day=timezone.now().date(), count=count
        )
    ascending = {
        "createdAt": [first, second, third],
        "updatedAt": [second, third, first],
        "title": [third, first, second],
        "duration": [second, third, first],
        "popularity": [first, third, second],
    }
    for field, expected in ascending.items():
        assert listed(ada, f"sortBy={field}&sortOrder=asc") == expected
        assert listed(ada, f"sortBy={field}&sortOrder=desc") == expected[::-1]
        assert listed(ada, f"sortBy={field}") == expected[::-1]
    assert listed(ada) == ascending["createdAt"][::-1]


@pytest.mark.anydb
def test_titles_are_sorted_as_people_do(ada: Caller) -> None:
    ordered = ["Äpfel", "apple", "Apple", "Ärger", "Beta", "éclair", "Eclairs", "zebra", "Zoo"]
    titles = dict(zip(make_voices(ada, *reversed(ordered)), reversed(ordered), strict=True))
    rising = [titles[voice] for voice in listed(ada, "sortBy=title&sortOrder=asc")]
    assert rising == ordered
    falling = [titles[voice] for voice in listed(ada, "sortBy=title")]
    assert falling == ordered[::-1]


def test_popularity_is_of_30_days_and_usage_of_all_time(ada: Caller, grace: Caller) -> None:
    [voice_id] = make_voices(ada, "Old favourite")
    today = timezone.now().date()
    for days, count in ((0, 1), (29, 2), (30, 4), (400, 8)):
        VoiceUse.objects.create(
            voice_id=voice_id,
            workspace=ada.workspace,
            day=today - timedelta(days=days),
            count=count,
        )
    VoiceUse.objects.create(voice_id=voice_id, workspace=grace.workspace, day=today, count=16)
    voice = ok(ada.get(f"{VOICES}/{voice_id}"))["voice"]
    assert (voice["popularity"], voice["usageCount"]) == (1 + 2 + 16, 15)


@pytest.mark.parametrize(
    "query",
    [
        "page=0", "page=-1", "page=x", "page=1.5", "page=1e3", "page=1_0", "page=%D9%A3",
        "page=1000001", "page=" + "9" * 400, "page=%00", "page=nan", "limit=0", "limit=101",
        "limit=-5", "limit=all", "status=completed", "status=QUEUED", "status=%00",
        "status=%ED%A0%80", "type=user", "type=PUBLIC", "sortBy=created_at", "sortBy=id",
        "sortBy=-title", "sortOrder=ascending", "type=", "page=", "status=",
        "sortBy=", "sortOrder=ASC", "page=1&page=0",
    ],
)  # fmt: skip
def test_what_is_out_of_range_or_unknown_is_400(ada: Caller, query: str) -> None:
    assert_invalid(ada.get(f"{VOICES}?{query}"))


@pytest.mark.parametrize("query", ["%FF=%FE", "&&&", "=", "a" * 3000, "elsewhere=1", "%"])
def test_an_odd_query_is_passed_over(ada: Caller, query: str) -> None:
    ok(ada.get(f"{VOICES}?{query}"))


def test_a_thousand_parameters_are_400(ada: Caller) -> None:
    assert_invalid(ada.get(VOICES + "?" + "&".join(f"a{n}=1" for n in range(1001))))


# ------------------------------------------------------------------ one voice


def test_a_voice_is_shown_as_in_the_list(ada: Caller) -> None:
    [voice_id] = make_voices(ada, "Mine")
    assert ok(ada.get(f"{VOICES}/{voice_id}"))["voice"] == ok(ada.get(VOICES))["voices"][0]
    assert ok(ada.get(f"{VOICES}/{AARON}"))["voice"]["title"] == "Aaron"


@pytest.mark.parametrize("voice_id", ["clxxxx", "%00", "%FF", "🎈", "v" * 3000, "%2e%2e", "'--"])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_voice_that_does_not_exist_is_404(ada: Caller, voice_id: str, method: str) -> None:
    reply = ada.client.generic(
        method, f"{VOICES}/{voice_id}", b"{}", content_type="application/json"
    )
    assert_error(reply, 404, "NOT_FOUND", NO_VOICE)


def test_what_is_said_of_a_voice_can_be_changed(ada: Caller) -> None:
    [voice_id] = make_voices(ada, "Before")
    changes = {
        "title": "After",
        "description": "New",
        "coverImage": "https://example.com/b.png",
        "tags": ["calm", "low"],
    }
    before = ok(ada.get(f"{VOICES}/{voice_id}"))["voice"]
    changed = ok(ada.send(f"{VOICES}/{voice_id}", changes, method="PATCH"))["voice"]
    assert {name: changed[name] for name in changes} == changes
    assert changed["updatedAt"] > before["updatedAt"]
    assert ok(ada.get(f"{VOICES}/{voice_id}"))["voice"] == changed


def test_only_what_is_sent_changes_and_empty_clears(ada: Caller) -> None:
    [voice_id] = make_voices(ada, "Mine")
    Voice.objects.filter(pk=voice_id).update(description="Calm", tags=["a"])
    path = f"{VOICES}/{voice_id}"
    kept = ok(ada.send(path, {"title": "Yours"}, method="PATCH"))["voice"]
    assert (kept["title"], kept["description"], kept["tags"]) == ("Yours", "Calm", ["a"])
    nulls = {"title": None, "description": None, "coverImage": None, "tags": None}
    assert ok(ada.send(path, nulls, method="PATCH"))["voice"]["description"] == "Calm"
    cleared = ok(ada.send(path, {"description": "", "tags": []}, method="PATCH"))["voice"]
    assert (cleared["description"], cleared["tags"]) == (None, [])


@pytest.mark.parametrize(
    "body",
    [
        {"title": ""}, {"title": "  "}, {"title": 5}, {"title": "t" * 101},
        {"title": "\ud800"}, {"title": "a\0"}, {"description": "d" * 501}, {"description": True},
        {"coverImage": "example"}, {"coverImage": []}, {"tags": "a\0"}, {"tags": ["\ud800"]},
        {"tags": [1]}, {"tags": {}}, {"tags": 5}, {"tags": ["t"] * 2 + ["x" * 51]},
        [], None, "title", 1,
    ],
)  # fmt: skip
def test_a_wrong_change_is_400_and_changes_nothing(ada: Caller, body: object) -> None:
    [voice_id] = make_voices(ada, "Mine")
    before = ok(ada.get(f"{VOICES}/{voice_id}"))["voice"]
    assert_invalid(ada.send(f"{VOICES}/{voice_id}", body, method="PATCH"))
    assert ok(ada.get(f"{VOICES}/{voice_id}"))["voice"] == before


def test_a_system_voice_can_be_neither_changed_nor_deleted(ada: Caller) -> None:
    path = f"{VOICES}/{AARON}"
    assert_error(ada.send(path, {"title": "Mine"}, method="PATCH"), 404, "NOT_FOUND", NO_VOICE)
    assert_error(ada.delete(path), 404, "NOT_FOUND", NO_VOICE)
    assert ok(ada.get(path))["voice"]["title"] == "Aaron"


def test_a_deleted_voice_is_gone_and_stays_paid_for(ada: Caller) -> None:
    voice_id = ada.own_voice()
    assert ok(ada.delete(f"{VOICES}/{voice_id}")) == {"success": True}
    assert_error(ada.get(f"{VOICES}/{voice_id}"), 404, "NOT_FOUND", NO_VOICE)
    assert_error(ada.delete(f"{VOICES}/{voice_id}"), 404, "NOT_FOUND", NO_VOICE)
    assert listed(ada) == []
    assert ada.credits() == 9_000


def test_deleting_a_voice_in_progress_cancels_and_pays_back(ada: Caller) -> None:
    voice_id = ok(ada.clone())["voiceId"]
    ok(ada.delete(f"{VOICES}/{voice_id}"))
    assert Voice.get(voice_id).state == JobState.CANCELLED
    assert ada.credits() == 10_000
    run_jobs()
