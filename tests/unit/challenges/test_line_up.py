"""Classes that appear together cannot be confused."""

import itertools

import pytest

from captcha_range.challenges.line_up import companions, line_up
from captcha_range.challenges.sprites import standard_pack
from captcha_range.core.streams import Streams

PACK = standard_pack()
STREAMS = Streams(b"line-ups")


@pytest.mark.parametrize("near", [0.0, 0.5, 1.0])
def test_no_two_of_a_line_up_can_be_confused(near: float) -> None:
    for number in range(60):
        chosen = line_up(STREAMS.stream("line-up", number), PACK, 6, near)
        assert len({each.key for each in chosen}) == 6
        for one, other in itertools.combinations(chosen, 2):
            assert other.key not in one.confusable_with


def test_a_near_line_up_is_of_one_group() -> None:
    groups = [{each.group for each in line_up(STREAMS.stream("near", number), PACK, 4, 1.0)} for number in range(40)]
    assert sum(len(group) == 1 for group in groups) >= 38


def test_a_far_line_up_is_of_several_groups() -> None:
    groups = [{each.group for each in line_up(STREAMS.stream("far", number), PACK, 4, 0.0)} for number in range(40)]
    assert sum(len(group) > 1 for group in groups) >= 30


def test_companions_are_never_the_wanted_class_or_its_look_alikes() -> None:
    for number, wanted in enumerate(PACK.classes):
        keys = {each.key for each in companions(STREAMS.stream("with", number), PACK, wanted, 8, 0.9)}
        assert not keys & {wanted.key, *wanted.confusable_with}


def test_too_long_a_line_up_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody confuses"):
        line_up(STREAMS.stream("long"), PACK, len(PACK.classes), 0.0)
