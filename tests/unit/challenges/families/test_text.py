"""Text: one of the words belongs to the category, or is the only one that does not."""

import itertools

import pytest

from captcha_range.challenges.categories import CATEGORIES, Category
from captcha_range.challenges.families.text import LEVELS as DIFFICULTIES
from captcha_range.challenges.families.text import Text, riddle_of
from captcha_range.challenges.family import LEVELS
from captcha_range.challenges.sprites import standard_pack
from captcha_range.core.streams import Streams

STREAMS = Streams(b"text")
EACH_CATEGORY = pytest.mark.parametrize("category", CATEGORIES, ids=lambda category: category.en)


@pytest.mark.parametrize("level", LEVELS)
def test_exactly_one_word_is_right(level: int) -> None:
    for number in range(80):
        riddle = riddle_of(STREAMS.stream(level, number), standard_pack(), level)
        members, strangers = riddle.category.split(standard_pack())
        belongs = [word in members for word in riddle.words]
        assert all(word in members or word in strangers for word in riddle.words)
        assert [number for number, each in enumerate(belongs) if each is not riddle.negated] == [riddle.right]
        assert len({word.key for word in riddle.words}) == DIFFICULTIES[level].words


def test_the_words_stand_in_the_question_in_the_order_of_the_choices() -> None:
    challenge = Text().draw(STREAMS.stream("words"), 2)
    assert challenge.prompt.en.endswith(": " + ", ".join(each.en for each in challenge.choices) + "?")
    assert challenge.prompt.zh.endswith("：" + "、".join(each.zh for each in challenge.choices) + "？")


@EACH_CATEGORY
def test_every_name_in_a_category_is_one_of_the_pack(category: Category) -> None:
    classes = standard_pack().classes
    known = {name for each in classes for name in (each.en.singular, each.subgroup, each.group)}
    assert category.members | category.arguable <= known


@EACH_CATEGORY
def test_a_category_has_members_and_strangers_and_no_class_is_both(category: Category) -> None:
    members, strangers = category.split(standard_pack())
    assert len(members) >= 2
    assert len(strangers) >= 8
    assert not {each.key for each in members} & {each.key for each in strangers}


def test_hardly_any_two_pictures_are_alike() -> None:
    pictures = [Text().draw(STREAMS.stream("alike", number), 1).picture for number in range(40)]
    assert all(one != other for one, other in itertools.combinations(pictures, 2))
