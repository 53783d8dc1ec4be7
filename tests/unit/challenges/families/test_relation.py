"""Relation: one object of the wanted class is on the named side, all others are clearly on the opposite one."""

import pytest

from captcha_range.challenges.arrangement import target_of
from captcha_range.challenges.families.relation import Relation, Scene, scene_of
from captcha_range.challenges.family import LEVELS, Rectangle, Reply
from captcha_range.challenges.prompts import SIDES
from captcha_range.challenges.sprites import standard_pack
from captcha_range.core.streams import Streams
from captcha_range.measurement.intervals import at_least

STREAMS = Streams(b"relation")


def scenes(level: int, count: int) -> list[Scene]:
    return [scene_of(STREAMS.stream(level, number), standard_pack(), level) for number in range(count)]


def is_on_side(box: Rectangle, side: str, anchor: Rectangle) -> bool:
    """Entirely, so that nobody can read it otherwise."""
    return {
        "left": box.x + box.width <= anchor.x,
        "right": box.x >= anchor.x + anchor.width,
        "above": box.y + box.height <= anchor.y,
        "below": box.y >= anchor.y + anchor.height,
    }[side]


OPPOSITE = {"left": "right", "right": "left", "above": "below", "below": "above"}


@pytest.mark.parametrize("level", LEVELS)
def test_only_the_wanted_object_is_on_the_side_asked_for(level: int) -> None:
    for scene in scenes(level, 60):
        anchor = scene.anchor.box
        assert [each.of for each in scene.objects].count(scene.anchor.of) == 1
        assert is_on_side(scene.wanted.box, scene.side, anchor)
        astray = [each for each in scene.objects[1:] if each.of == scene.wanted.of]
        assert astray
        assert all(is_on_side(each.box, OPPOSITE[scene.side], anchor) for each in astray)


def test_every_side_is_asked_for() -> None:
    assert {scene.side for scene in scenes(2, 60)} == set(SIDES)


def test_the_question_names_both_objects_and_the_side() -> None:
    for number in range(20):
        scene = scene_of(STREAMS.stream(3, number), standard_pack(), 3)
        prompt = Relation().draw(STREAMS.stream(3, number), 3).prompt
        english, chinese = SIDES[scene.side]
        wanted, anchor = scene.wanted.of, scene.anchor.of
        assert prompt.en == f"Please click on the {wanted.en.singular} that is {english} the {anchor.en.singular}"
        assert prompt.zh == f"请点击{anchor.zh.label}{chinese}的{wanted.zh.label}"


def test_only_a_click_on_the_wanted_object_is_right() -> None:
    for number in range(10):
        challenge = Relation().draw(STREAMS.stream(2, number), 2)
        scene = scene_of(STREAMS.stream(2, number), standard_pack(), 2)
        for each in scene.objects:
            judged = Relation().judge(challenge.answer, Reply(points=(each.box.centre,)))
            assert judged is (each is scene.wanted)


@pytest.mark.parametrize("level", LEVELS)
def test_the_floor_is_what_a_point_reaches_that_the_question_alone_tells(level: int) -> None:
    """The middle of one cell for each side that is asked for, the same in every challenge."""
    points = {"left": (62, 215), "right": (438, 215), "above": (187, 71), "below": (187, 358)}
    found = scenes(level, 600)
    hits = sum(target_of(scene.wanted.box).contains(*points[scene.side]) for scene in found)
    floor = Relation().floor(level)
    assert at_least(hits, len(found), 0.999) <= floor
    assert hits / len(found) > 0.7 * floor
