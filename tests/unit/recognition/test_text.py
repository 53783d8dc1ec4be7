"""A choice among words is made by the kinds of things that they name, English or Chinese."""

import pytest

from captcha_range.recognition import bundled
from captcha_range.recognition.calibration import standard_calibration
from captcha_range.recognition.kinds import Kind, standard_kinds
from captcha_range.recognition.question import parsed
from captcha_range.recognition.text import SURE, Pick, picked
from tools.build_recogniser import kind_file


def pick(question: str) -> Pick | None:
    asked = parsed(question)
    assert asked is not None
    assert asked.family == "text"
    return picked(asked.kind or "", asked.negated, asked.choices)


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("Which of these is an animal: hammer, guitar, dog?", 2),
        ("Which of the following is a musical instrument: hammer, guitar, dog?", 1),
        ("Which of these is not an animal: dog, penguin, guitar?", 2),
        ("下列哪一个是动物：锤子、吉他、企鹅？", 2),
        ("下列哪一个不是动物：锤子、企鹅、狗？", 0),
    ],
)
def test_the_word_that_fits_alone_is_surely_picked(question: str, number: int) -> None:
    assert pick(question) == Pick(number, SURE)


def test_a_word_that_nobody_knows_takes_from_the_confidence() -> None:
    found = pick("Which of these is an animal: hammer, quux, dog?")
    assert found is not None
    assert found.number == 2
    assert found.confidence < SURE


@pytest.mark.parametrize(
    "question", ["Which of these is a mood: hammer, dog?", "Which of these is an animal: hammer, guitar?"]
)
def test_an_unknown_kind_and_words_that_all_do_not_fit_are_not_answered(question: str) -> None:
    assert pick(question) is None


def test_the_kinds_are_those_that_the_tool_writes() -> None:
    assert bundled.read("kinds.json") == kind_file()
    assert all(isinstance(each, Kind) and not each.members & each.strangers for each in standard_kinds().values())


def test_the_confidence_of_a_turn_rises_with_its_margin() -> None:
    curve = standard_calibration().curves["rotate_upright"]
    assert 0 < curve.confidence(curve.margins[0]) < curve.confidence(curve.margins[-1]) < 1
