"""A wall clock that jumps makes no token live longer than its 120 seconds, and none good twice."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from captcha_range.core.clock import MovableClock, SystemClock
from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import Regions
from captcha_range.provider.plane import Provider
from tests.visits import earn, register

LIFETIME, GRACE = 120.0, 1.0
JUMPS = [sign * size for size in (1.0, 5.0, 60.0, 3_600.0, 86_400.0) for sign in (1, -1)]
EXPIRED = {"success": False, "error-codes": ["expired-input-response"]}


class Machine:
    """The machine's clocks: time that truly passes, and a wall that somebody sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.passed, self._wrong_by = 0.0, 0.0
        monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0 + self.passed + self._wrong_by)
        monkeypatch.setattr(time, "monotonic", lambda: 500.0 + self.passed)

    def wait(self, seconds: float) -> None:
        self.passed += seconds

    def jump(self, seconds: float) -> None:
        self._wrong_by += seconds


class LargestSeen(SystemClock):
    """What the clock must not be: it stands still until a wall that was set back has caught up."""

    def now(self) -> float:
        self._latest = max(self._latest, time.time() + self._ahead)
        return self._latest


def provider_at(folder: Path, clock: MovableClock) -> Provider:
    return Provider(
        folder / "provider.sqlite", seed=b"tests", pepper=b"pepper", clock=clock, fence=Fence(), regions=Regions()
    )


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """The machine under test; its clocks are the real ones again before anything else is torn down."""
    yield Machine(monkeypatch)
    monkeypatch.undo()


async def verdict_after_a_life(folder: Path, machine: Machine, clock: MovableClock, jumps: list[float]) -> object:
    """What siteverify says of a token `LIFETIME + GRACE` seconds after it was earned, with jumps in between."""
    provider = provider_at(folder, clock)
    try:
        site, secret = await register(provider)
        token = await earn(provider, site)
        for jump in jumps:
            machine.wait((LIFETIME + GRACE) / (len(jumps) + 1))
            machine.jump(jump)
            clock.now()
        machine.wait((LIFETIME + GRACE) / (len(jumps) + 1))
        return await provider.siteverify.verify({"response": token, "secret": secret})
    finally:
        provider.close()


@pytest.mark.parametrize("jump", JUMPS)
async def test_a_token_lives_no_longer_when_the_wall_clock_jumps(tmp_path: Path, machine: Machine, jump: float) -> None:
    assert await verdict_after_a_life(tmp_path, machine, SystemClock(), [jump]) == EXPIRED


async def test_a_token_lives_no_longer_when_the_wall_clock_jumps_to_and_fro(tmp_path: Path, machine: Machine) -> None:
    assert await verdict_after_a_life(tmp_path, machine, SystemClock(), [*JUMPS, *reversed(JUMPS)]) == EXPIRED


@pytest.mark.parametrize("jump", [jump for jump in JUMPS if jump < -GRACE])
async def test_a_clock_that_only_keeps_the_largest_time_would_let_it_live_on(
    tmp_path: Path, machine: Machine, jump: float
) -> None:
    verdict = await verdict_after_a_life(tmp_path, machine, LargestSeen(), [jump])
    assert isinstance(verdict, dict)
    assert verdict["success"] is True


@pytest.mark.parametrize("jump", JUMPS)
async def test_a_used_token_stays_used_when_the_wall_clock_jumps(tmp_path: Path, machine: Machine, jump: float) -> None:
    provider = provider_at(tmp_path, SystemClock())
    site, secret = await register(provider)
    token = await earn(provider, site)
    first = await provider.siteverify.verify({"response": token, "secret": secret})
    machine.jump(jump)
    again = await provider.siteverify.verify({"response": token, "secret": secret})
    provider.close()
    assert (first["success"], again["success"]) == (True, False)


async def test_a_token_outlives_a_wall_clock_that_is_set_back(tmp_path: Path, machine: Machine) -> None:
    provider = provider_at(tmp_path, SystemClock())
    site, secret = await register(provider)
    token = await earn(provider, site)
    machine.jump(-86_400.0)
    machine.wait(LIFETIME - GRACE)
    verdict = await provider.siteverify.verify({"response": token, "secret": secret})
    provider.close()
    assert verdict["success"] is True
