"""What is remembered of each key: the latest, within bounds."""

import pytest

from captcha_range.provider.minutes import MOST_KEYS, Minutes, Rate
from captcha_range.provider.networks import network_of
from captcha_range.provider.recent import Recent


def test_what_happened_is_told_by_key_and_time() -> None:
    recent: Recent[str] = Recent()
    for at, value in ((1.0, "a"), (2.0, "b"), (3.0, "a")):
        recent.add("key", at, value)
    assert recent.since("key", 1.0) == [(2.0, "b"), (3.0, "a")]
    assert (recent.count("key", 0.0), recent.distinct("key", 0.0), recent.count("another", 0.0)) == (3, 2, 0)


def test_of_each_key_only_the_latest_are_kept() -> None:
    recent: Recent[int] = Recent(each=3)
    for number in range(10):
        recent.add("key", float(number), number)
    assert [value for _, value in recent.since("key", -1.0)] == [7, 8, 9]


def test_of_too_many_keys_the_one_untouched_for_longest_is_lost() -> None:
    recent: Recent[None] = Recent(keys=2)
    for at, key in enumerate(("a", "b", "a", "c")):
        recent.add(key, float(at), None)
    assert [recent.count(key, -1.0) for key in "abc"] == [2, 0, 1]
    assert len(recent) == 2


def test_a_million_strangers_do_not_grow_it() -> None:
    recent, minutes = Recent[None](keys=100), Minutes()
    for number in range(10 * MOST_KEYS):
        recent.add(number, 0.0, None)
        minutes.add(number, 0.0)
    assert len(recent) == 100
    assert minutes.of(0, 0.0).latest == 0
    assert minutes.of(10 * MOST_KEYS - 1, 0.0).latest == 1


def test_a_rate_compares_this_minute_with_the_nine_before() -> None:
    minutes = Minutes()
    for minute in range(12):
        for _ in range(minute):
            minutes.add("key", 60.0 * minute)
    assert minutes.of("key", 60.0 * 11) == Rate(11, sum(range(2, 11)) / 9)
    assert minutes.of("key", 60.0 * 100) == Rate(0, 0.0)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("127.0.20.9", "127.0.20.0/24"),
        ("::ffff:127.0.20.9", "127.0.20.0/24"),
        ("fd00:1:2:3::4", "fd00:1:2::/48"),
        ("testclient", "testclient"),
    ],
)
def test_a_network_is_a_24_or_a_48(address: str, network: str) -> None:
    assert network_of(address) == network
