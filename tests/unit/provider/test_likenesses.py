"""The index of what can still be answered: nearest first, nothing expired, the same after a restart."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from captcha_range.core.clock import StillClock
from captcha_range.core.sqlite import Database
from captcha_range.provider.likenesses import MOST, Likenesses


@pytest.fixture
def index(tmp_path: Path, clock: StillClock) -> Iterator[Likenesses]:
    database = Database(tmp_path / "provider.sqlite", ["captcha_range.core", "captcha_range.provider"])
    yield Likenesses(database, clock)
    database.close()


def with_bits(count: int) -> bytes:
    """A hash with the first `count` bits set."""
    return int("1" * count + "0" * (256 - count), 2).to_bytes(32)


def test_the_nearest_few_come_first_and_none_beyond_the_limit(index: Likenesses, clock: StillClock) -> None:
    for bits in (95, 3, 96, 60, 10, 200, 61):
        index.add(str(bits), with_bits(bits), clock.now() + 1)
    found = index.search(bytes(32))
    assert [(each.challenge, each.distance) for each in found] == [("3", 3), ("10", 10), ("60", 60), ("61", 61)]
    assert len(found) == MOST
    assert [each.challenge for each in index.search(with_bits(200))] == ["200"]


def test_what_has_expired_is_not_found(index: Likenesses, clock: StillClock) -> None:
    index.add("one", bytes(32), clock.now() + 120)
    clock.advance(119.9)
    assert index.search(bytes(32))
    clock.advance(0.1)
    assert index.search(bytes(32)) == []


def test_what_has_expired_takes_no_room(index: Likenesses, clock: StillClock) -> None:
    for number in range(20_000):
        index.add(str(number), with_bits(number % 200), clock.now() + 120)
        clock.advance(0.5)
    assert len(index) <= 1_024
    assert "19999" in {each.challenge for each in index.search(with_bits(19_999 % 200))}


def test_many_alive_are_all_kept(index: Likenesses, clock: StillClock) -> None:
    for number in range(5_000):
        index.add(str(number), with_bits(128), clock.now() + 120)
    index.add("last", bytes(32), clock.now() + 120)
    assert len(index) == 5_001
    assert [each.challenge for each in index.search(bytes(32))] == ["last"]


@pytest.mark.parametrize("wrong", [b"", bytes(31), bytes(64)])
def test_what_is_no_hash_is_refused(index: Likenesses, wrong: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        index.search(wrong)
