"""The guide's own code verifies what we send."""

import re
from pathlib import Path

import pytest

from speech.webhooks.signing import new_secret
from tests.webhooks.conftest import deliver_all, happen

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "webhooks.md"
WAYS = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)


def test_the_guide_shows_two_ways():
    assert len(WAYS) == 2


@pytest.mark.parametrize("code", WAYS)
def test_a_way_to_verify_takes_ours_and_refuses_others(code, ada, hook):
    names: dict = {}
    exec(code, names)  # the guide's
    happen(ada.workspace, credits=1)
    deliver_all()
    (arrived,) = hook.receiver.received
    verify = names["verify"]
    assert verify(hook.secret, arrived.headers, arrived.body)["data"] == {"credits": 1}
    for secret, body in ((new_secret(), arrived.body), (hook.secret, arrived.body + b" ")):
        with pytest.raises(Exception, match=r"from us|[Ss]ignature"):
            verify(secret, arrived.headers, body)
