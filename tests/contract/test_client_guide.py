"""The examples of the guide to the Python client, run against a range."""

from typing import Any

import pytest

from tests.contract.running_range import RunningRange
from tests.contract.test_documentation import blocks

PAGE = "how-to/use-the-python-client.md"


def source(at: RunningRange) -> str:
    """The guide's examples from top to bottom, with this range's values."""
    text = "\n".join(blocks(PAGE, "python"))
    for written, meant in (
        ("http://127.0.0.1:8481", at.solver_url),
        ("your client key", at.client_key),
        ("your sitekey", at.sitekey),
    ):
        assert written in text
        text = text.replace(written, meant)
    return text


@pytest.fixture
def guide(running_range: RunningRange) -> dict[str, Any]:
    """What the guide's examples define."""
    namespace: dict[str, Any] = {}
    exec(source(running_range), namespace)  # noqa: S102 - the document's own examples are what is tested
    return namespace


def test_the_first_example_prints_a_token(running_range: RunningRange, capsys: pytest.CaptureFixture[str]) -> None:
    exec(source(running_range), {})  # noqa: S102 - the document's own examples are what is tested
    assert capsys.readouterr().out.startswith("P1_")


async def test_the_asyncio_example_earns_three_tokens(guide: dict[str, Any], running_range: RunningRange) -> None:
    at = running_range
    tokens = await guide["three_tokens"](at.solver_url, at.client_key, at.sitekey, at.page_url)
    assert len(set(tokens)) == 3


def test_the_watching_example_ends_with_a_ready_task(guide: dict[str, Any], running_range: RunningRange) -> None:
    task = guide["watch"](guide["client"], running_range.sitekey, running_range.page_url)
    assert (task.state, task.evidence.region) == ("ready", "gb")


def test_the_refusal_example_names_a_page_outside_the_range(guide: dict[str, Any], running_range: RunningRange) -> None:
    why_not = guide["why_not"]
    assert why_not(guide["client"], running_range.sitekey, "http://elsewhere.example/") == (
        "outside the range: target_outside"
    )
    assert why_not(guide["client"], "nobody", running_range.page_url) == ("The sitekey is not registered in this range")
