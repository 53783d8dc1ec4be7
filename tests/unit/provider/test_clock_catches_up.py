"""A restart does not take back the time that an operator let pass."""

from pathlib import Path

from captcha_range.core.clock import MovableClock, StillClock
from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import Regions
from captcha_range.provider.plane import Provider
from tests.visits import earn, register


def provider_at(file: Path, clock: MovableClock) -> Provider:
    return Provider(file, seed=b"tests", pepper=b"pepper", clock=clock, fence=Fence(), regions=Regions())


async def test_a_token_that_expired_on_a_moved_clock_stays_expired_after_a_restart(tmp_path: Path) -> None:
    file, start = tmp_path / "provider.sqlite", 1_800_000_000.0
    before = provider_at(file, StillClock(start))
    site, secret = await register(before)
    token = await earn(before, site)
    await before.advance_clock(121)
    before.close()
    after = provider_at(file, StillClock(start + 1))
    verdict = await after.siteverify.verify({"response": token, "secret": secret})
    assert verdict == {"success": False, "error-codes": ["expired-input-response"]}
    after.close()


async def test_a_token_minted_on_a_moved_clock_lives_no_longer_after_a_restart(tmp_path: Path) -> None:
    file, start = tmp_path / "provider.sqlite", 1_800_000_000.0
    before = provider_at(file, StillClock(start))
    site, secret = await register(before)
    await before.advance_clock(3_600)
    token = await earn(before, site)
    before.close()
    clock = StillClock(start + 1)
    after = provider_at(file, clock)
    clock.advance(120)
    verdict = await after.siteverify.verify({"response": token, "secret": secret})
    assert verdict == {"success": False, "error-codes": ["expired-input-response"]}
    after.close()
