"""A short run of the fuzzer: hostile requests are refused, none crashes a handler. `make fuzz` is the long one."""

from pathlib import Path

import pytest

from captcha_range.solver.tasks import Tasks
from tests.fuzz import fuzz


async def test_hostile_requests_crash_nothing(tmp_path: Path) -> None:
    fuzzer = await fuzz(1_500, "short run", tmp_path)
    assert fuzzer.findings == []
    assert {200, 201, 401, 404, 413, 422} <= set(fuzzer.statuses)


async def test_the_fuzzer_notices_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Tasks, "page", crash)
    assert (await fuzz(400, "control", tmp_path)).findings
