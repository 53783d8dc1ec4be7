"""What the training is told of a picture is what stands in it."""

from captcha_range.challenges import drawing
from captcha_range.challenges.families import grid, odd_one_out
from captcha_range.challenges.sprites import standard_pack
from captcha_range.core.streams import Streams
from tools.train.scenes import observed

STREAMS = Streams(b"tests of training")


def test_every_object_of_a_scene_is_observed_where_it_was_placed() -> None:
    placed = odd_one_out.scene_of(STREAMS.stream("odd"), standard_pack(), 4)
    scene = observed(odd_one_out.OddOneOut(), standard_pack(), STREAMS.stream("odd"), 4)
    assert [(each.key, each.x, each.y, each.box) for each in scene.stamped] == [
        (each.of.key, each.x, each.y, each.box) for each in placed
    ]


def test_objects_that_were_drawn_into_tiles_are_observed_in_the_whole_picture() -> None:
    contents = grid.scene_of(STREAMS.stream("grid"), standard_pack(), 4).contents
    scene = observed(grid.Grid(), standard_pack(), STREAMS.stream("grid"), 4)
    found = [
        tuple(each.key for each in scene.stamped if tile.contains(each.x, each.y)) for tile in scene.challenge.tiles
    ]
    assert found == [tuple(each.key for each in content) for content in contents]


def test_watching_changes_nothing_and_ends() -> None:
    stamp = drawing.stamp
    watched = observed(grid.Grid(), standard_pack(), STREAMS.stream("same"), 3).challenge
    assert watched == grid.Grid().draw(STREAMS.stream("same"), 3)
    assert drawing.stamp is stamp
