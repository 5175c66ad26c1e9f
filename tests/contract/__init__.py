import pytest

pytest.register_assert_rewrite(
    "tests.contract.dialects", "tests.contract.document", "tests.contract.traces"
)
