"""The same bad requests put to every dialect: refused in its form, free, without a trace."""

import pytest

from tests.api.replies import assert_headers
from tests.contract.badnesses import BADNESSES
from tests.contract.dialects import DIALECTS
from tests.contract.dialects.base import Dialect, Fails, Impossible
from tests.contract.document import assert_documented
from tests.contract.traces import assert_nothing_left, traces
from tests.contract.world import World

pytestmark = pytest.mark.usefixtures("_workers")

POSSIBLE = [
    pytest.param(dialect, name, id=f"{dialect.name}-{name}")
    for dialect in DIALECTS
    for name in BADNESSES
    if not isinstance(dialect.answers.get(name), Impossible)
]


@pytest.mark.parametrize(("dialect", "name"), POSSIBLE)
def test_what_is_bad_is_refused_and_leaves_nothing(
    world: World, dialect: Dialect, name: str
) -> None:
    answer = dialect.answers[name]
    assert not isinstance(answer, Impossible)
    ask = BADNESSES[name](dialect, world)
    before = traces()
    reply = ask.send()
    dialect.check(reply, answer)
    assert_headers(reply)
    if name not in {"unknown path", "wrong method"}:
        assert_documented(ask, reply)
    assert_nothing_left(before, but=answer.leaves if isinstance(answer, Fails) else ())
    assert ("Retry-After" in reply.headers) == (name == "rate limit exceeded")
    assert ("x-should-retry" in reply.headers) == (name == "not enough credits")


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_each_dialect_says_of_each_bad_request_what_it_answers_or_why_there_is_none(
    dialect: Dialect,
) -> None:
    assert set(dialect.answers) == set(BADNESSES)
    for answer in dialect.answers.values():
        assert not isinstance(answer, Impossible) or len(answer.why.split()) > 2


@pytest.mark.anydb
@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_after_all_that_is_bad_a_good_request_of_the_same_caller_works(
    world: World, dialect: Dialect
) -> None:
    for name, answer in dialect.answers.items():
        if not isinstance(answer, Impossible) and name != "rate limit exceeded":
            BADNESSES[name](dialect, world).send()
    reply = dialect.good(dialect.speech(world))
    assert reply.status_code == 200
    assert_headers(reply)
