"""The dialects as the tests of their common contract see them."""

from tests.contract.dialects.base import Dialect
from tests.contract.dialects.chatterbox import Chatterbox
from tests.contract.dialects.native import Native
from tests.contract.dialects.runpod import Runpod
from tests.contract.dialects.venice import Venice

DIALECTS: tuple[Dialect, ...] = (
    Native(),
    Venice("venice", "/api/v1"),
    Venice("openai", "/v1"),
    Chatterbox(),
    Runpod(),
)


def called(name: str) -> Dialect:
    """Return the dialect of that name."""
    return next(dialect for dialect in DIALECTS if dialect.name == name)
