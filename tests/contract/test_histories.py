"""Histories with faults: tokens are used once, tasks end once, and each planted bug is told of."""

from pathlib import Path

import pytest

from tests.histories.planted import PLANTS
from tests.histories.run import RESTARTS, breaches, record


async def test_twenty_thousand_operations_with_faults_break_no_promise(tmp_path: Path) -> None:
    history = await record(tmp_path, 20_000, seed=1)
    assert list(breaches(history)) == []
    assert history.operations >= 20_000
    assert history.faults["restarted"] == RESTARTS
    assert min(history.faults[name] for name in ("worker crashed", "finished late", "finished twice")) > 0
    told = {each.told for done in history.verifications.values() for each in done}
    assert {"success", "already-seen-response", "expired-input-response"} <= told
    assert {stored.state for stored in history.stored.values()} == {"ready", "failed"}


@pytest.mark.parametrize("name", PLANTS)
async def test_the_checker_tells_of_each_planted_bug(tmp_path: Path, name: str) -> None:
    plant = PLANTS[name]
    with plant.planted():
        history = await record(tmp_path, 6_000, seed=1, parts=plant.parts)
    assert any(plant.told in breach for breach in breaches(history))


@pytest.mark.soak
async def test_a_million_operations_with_faults_break_no_promise(tmp_path: Path) -> None:
    assert list(breaches(await record(tmp_path, 1_000_000, seed=2))) == []
