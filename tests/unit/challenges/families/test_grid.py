"""Grid: exactly the tiles that contain the wanted object."""

from collections import Counter

import pytest

from captcha_range.challenges.families.grid import TILES, Grid, Scene, chosen_tiles, scene_of
from captcha_range.challenges.family import LEVELS, Answer, Reply
from captcha_range.challenges.sprites import standard_pack
from captcha_range.core.streams import Streams

FAMILY = Grid()
STREAMS = Streams(b"grid")
ANSWER = Answer(tiles=(1, 4, 8))
EACH_LEVEL = pytest.mark.parametrize("level", LEVELS)


def scenes(level: int, count: int) -> list[Scene]:
    return [scene_of(STREAMS.stream(level, number), standard_pack(), level) for number in range(count)]


def test_the_prompt_names_the_wanted_object_in_both_languages() -> None:
    for number in range(20):
        challenge = FAMILY.draw(STREAMS.stream(1, number), 1)
        wanted = scene_of(STREAMS.stream(1, number), standard_pack(), 1).wanted
        assert challenge.prompt.en == f"Please click each image containing {wanted.en.phrase}"
        assert challenge.prompt.zh == f"请点击每张包含{wanted.zh.label}的图片"


@EACH_LEVEL
def test_one_to_eight_tiles_are_right(level: int) -> None:
    assert all(1 <= len(scene.chosen) <= 8 for scene in scenes(level, 150))


@EACH_LEVEL
def test_every_right_tile_shows_the_wanted_class(level: int) -> None:
    for scene in scenes(level, 80):
        for number in scene.chosen:
            assert scene.wanted in scene.contents[number]


@EACH_LEVEL
def test_no_other_tile_shows_the_wanted_class_or_a_look_alike(level: int) -> None:
    for scene in scenes(level, 150):
        forbidden = {scene.wanted.key, *scene.wanted.confusable_with}
        for number in set(range(9)) - set(scene.chosen):
            assert not forbidden & {each.key for each in scene.contents[number]}


def test_the_answer_is_the_scene_of_the_picture() -> None:
    for number in range(10):
        challenge = FAMILY.draw(STREAMS.stream(4, number), 4)
        scene = scene_of(STREAMS.stream(4, number), standard_pack(), 4)
        assert challenge.answer.tiles == scene.chosen
        assert challenge.tiles == TILES


def test_at_level_five_the_commonest_object_is_mostly_not_the_wanted_one() -> None:
    found = scenes(5, 600)
    wins = 0
    for scene in found:
        counts = Counter(key for tile in scene.contents for key in {each.key for each in tile})
        wins += counts.most_common(1)[0][0] == scene.wanted.key
    assert wins / len(found) < 0.5


def test_tiles_do_not_overlap() -> None:
    covered = {(x, y) for tile in TILES for x in range(tile.x, tile.x + tile.width) for y in (tile.y, tile.y + 119)}
    assert len(covered) == 9 * 120 * 2


def test_the_exact_set_is_right_in_any_order() -> None:
    assert FAMILY.judge(ANSWER, Reply(tiles=(1, 4, 8)))
    assert FAMILY.judge(ANSWER, Reply(tiles=(8, 1, 4)))


@pytest.mark.parametrize("tiles", [(), (1, 4), (1, 4, 8, 0), (1, 4, 7), (1, 4, 8, 8), (1, 4, 4), (1, 4, -1)])
def test_any_other_set_is_wrong(tiles: tuple[int, ...]) -> None:
    assert not FAMILY.judge(ANSWER, Reply(tiles=tiles))


def test_the_right_set_with_a_point_is_wrong() -> None:
    assert not FAMILY.judge(ANSWER, Reply(points=((1.0, 1.0),), tiles=(1, 4, 8)))


def test_the_floor_is_one_set_of_510() -> None:
    assert FAMILY.floor(1) == pytest.approx(1 / 510)


def test_no_constant_reply_beats_the_floor() -> None:
    count = 20_000
    stream = STREAMS.stream("blind")
    seen = Counter(chosen_tiles(stream) for _ in range(count))
    assert len(seen) == 510
    # 39 of each on average; the luckiest of 510 stays below five standard deviations more.
    assert seen.most_common(1)[0][1] < count / 510 + 5 * (count / 510) ** 0.5


def test_all_tiles_or_none_is_never_the_answer() -> None:
    stream = STREAMS.stream("extremes")
    assert not {(), tuple(range(9))} & {chosen_tiles(stream) for _ in range(5000)}
