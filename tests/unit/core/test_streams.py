"""Named random streams: the same name gives the same numbers, any other name gives others."""

import pytest

from captcha_range.core.streams import Streams

STREAMS = Streams(b"key")


def numbers(streams: Streams, *name: str | int) -> list[int]:
    return [int(each) for each in streams.stream(*name).integers(0, 2**63, 8)]


def test_the_same_name_gives_the_same_numbers() -> None:
    assert numbers(STREAMS, "challenge", "site", 3) == numbers(STREAMS, "challenge", "site", 3)


def test_the_same_key_gives_the_same_numbers_in_another_object() -> None:
    assert numbers(Streams(b"key"), "a") == numbers(STREAMS, "a")


def test_another_key_gives_other_numbers() -> None:
    assert numbers(Streams(b"another"), "a") != numbers(STREAMS, "a")


def test_keys_of_any_length_count_in_full() -> None:
    assert numbers(Streams(b"x" * 100 + b"1"), "a") != numbers(Streams(b"x" * 100 + b"2"), "a")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ab", "c"), ("a", "bc")),
        ((1,), ("1",)),
        (("a",), ("a", "")),
        ((), ("",)),
        (("a/str:1:b",), ("a", "b")),
        (("a", 12), ("a", 1, 2)),
        ((-1,), (1,)),
        (("é",), ("e\u0301",)),
        (("x", 0), ("x", 1)),
    ],
)
def test_names_that_differ_give_other_numbers(one: tuple[str | int, ...], other: tuple[str | int, ...]) -> None:
    assert numbers(STREAMS, *one) != numbers(STREAMS, *other)


def test_a_thousand_neighbouring_names_give_a_thousand_streams() -> None:
    assert len({tuple(numbers(STREAMS, "challenge", number)) for number in range(1_000)}) == 1_000


def test_taking_a_stream_again_starts_at_its_beginning() -> None:
    STREAMS.stream("a").integers(0, 10, 100)
    assert numbers(STREAMS, "a") == numbers(STREAMS, "a")
