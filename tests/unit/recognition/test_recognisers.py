import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.family import Challenge
from captcha_range.core.pixels import Picture, decode_picture
from captcha_range.core.streams import Streams
from captcha_range.measurement.solve_rates import measure, reply_of
from captcha_range.recognition.catalogue import RECOGNISERS, RecogniserUnknown, late_recogniser, load_recogniser
from captcha_range.recognition.extra import NetworkMissing
from captcha_range.recognition.recogniser import Recognition

STREAMS = Streams(b"tests of recognisers")
ODD = "Please click on the UNIQUE object among the others"
CAT = "Please click each image containing a cat"
ASKED = {
    "odd_one_out": ODD,
    "grid": CAT,
    "pair": "Please click on the two objects that are the same",
    "relation": "Please click on the cat that is left of the banana",
    "order_click": "Please click on the 3 objects in the order shown at the bottom",
    "count": "How many cats are there?",
    "bounding_box": "Please draw a box around the cat",
    "drag_to_fit": "Please move the piece to where it belongs",
    "rotate_upright": "Please turn the object upright",
}
EACH_QUESTION = pytest.mark.parametrize("question", ASKED.values(), ids=ASKED)
EACH_RECOGNISER = pytest.mark.parametrize("name", list(RECOGNISERS))
EACH_FAMILY = pytest.mark.parametrize("family", list(FAMILIES))
KINDS_WITH_POINTS = {"points", "tiles", "position"}
CLASSICAL = sorted(load_recogniser("classical").families)
EACH_KNOWN = pytest.mark.parametrize(
    ("name", "family"), [(n, f) for n in RECOGNISERS for f in sorted(load_recogniser(n).families)]
)


def challenges(family: str, level: int, count: int) -> list[Challenge]:
    return [FAMILIES[family].draw(STREAMS.stream(family, level, number), level) for number in range(count)]


def solved(name: str, family: str, drawn: list[Challenge], questions: list[str]) -> int:
    right = 0
    for challenge, question in zip(drawn, questions, strict=True):
        recognition = load_recogniser(name).recognise(decode_picture(challenge.picture), question)
        if recognition is not None:
            reply = reply_of(recognition, challenge, FAMILIES[family].replies_with)
            right += FAMILIES[family].judge(challenge.answer, reply)
    return right


@pytest.mark.parametrize("family", CLASSICAL)
@pytest.mark.parametrize("name", ["classical", "cnn"])
def test_those_that_look_solve_most_easy_challenges(name: str, family: str) -> None:
    drawn = challenges(family, 1, 20)
    assert solved(name, family, drawn, [each.prompt.en for each in drawn]) >= 16


@EACH_FAMILY
def test_random_does_not(family: str) -> None:
    drawn = challenges(family, 1, 40)
    assert solved("random", family, drawn, [each.prompt.en for each in drawn]) <= 18


@EACH_FAMILY
@pytest.mark.parametrize("level", [1, 4])
def test_the_floor_that_a_family_declares_is_what_random_reaches(family: str, level: int) -> None:
    rate = measure(family, level, "random", "floors", 250)
    assert rate.interval.low <= rate.floor
    # The question of a relation tells more than the objects do, which is all that `random` goes by.
    assert rate.floor <= rate.interval.high or family == "relation"


def test_every_family_has_somebody_who_tries() -> None:
    assert load_recogniser("random").families == set(FAMILIES)


@EACH_RECOGNISER
@EACH_FAMILY
def test_a_question_of_a_family_that_a_recogniser_does_not_list_gets_no_answer(name: str, family: str) -> None:
    challenge = challenges(family, 1, 1)[0]
    recognition = load_recogniser(name).recognise(decode_picture(challenge.picture), challenge.prompt.en)
    assert (recognition is not None) is (family in load_recogniser(name).families)


@pytest.mark.parametrize("name", ["classical", "cnn"])
def test_those_that_look_fail_when_asked_for_something_else(name: str) -> None:
    drawn = challenges("grid", 1, 20)
    questions = [each.prompt.en for each in drawn]
    assert solved(name, "grid", drawn, questions[1:] + questions[:1]) <= 3


@EACH_KNOWN
def test_the_same_picture_and_question_get_the_same_answer(name: str, family: str) -> None:
    for challenge in challenges(family, 4, 3):
        picture = decode_picture(challenge.picture)
        first = RECOGNISERS[name]().recognise(picture, challenge.prompt.zh)
        assert first == RECOGNISERS[name]().recognise(picture.copy(), challenge.prompt.en)


@EACH_KNOWN
def test_threads_may_share_a_recogniser(name: str, family: str) -> None:
    recogniser, drawn = load_recogniser(name), challenges(family, 3, 6)
    pictures = [decode_picture(each.picture) for each in drawn]
    alone = [recogniser.recognise(picture, each.prompt.en) for picture, each in zip(pictures, drawn, strict=True)]
    with ThreadPoolExecutor(4) as pool:
        shared = list(pool.map(recogniser.recognise, pictures, [each.prompt.en for each in drawn]))
    assert shared == alone


@EACH_KNOWN
def test_points_lie_in_the_picture_and_confidence_between_0_and_1(name: str, family: str) -> None:
    drawn = challenges(family, 5, 8)
    found = [load_recogniser(name).recognise(decode_picture(each.picture), each.prompt.en) for each in drawn]
    # At the hardest level a few may be given up.
    assert found.count(None) <= 2
    for challenge, recognition in zip(drawn, found, strict=True):
        if recognition is None:
            continue
        assert recognition.family == family
        assert 0 <= recognition.confidence <= 1
        kind = FAMILIES[family].replies_with
        assert recognition.points if kind in KINDS_WITH_POINTS else getattr(recognition, kind) is not None
        for x, y in recognition.points:
            assert 0 <= x < challenge.width
            assert 0 <= y < challenge.height


def unscaled(recognition: Recognition, scale: float) -> Recognition:
    box = None if recognition.box is None else tuple(part / scale for part in recognition.box)
    back: dict[str, Any] = {"points": tuple((x / scale, y / scale) for x, y in recognition.points), "box": box}
    return replace(recognition, **back)


@pytest.mark.parametrize("family", CLASSICAL)
@pytest.mark.parametrize("name", ["classical", "cnn"])
@pytest.mark.parametrize("scale", [0.5, 0.8, 1.5, 2.0])
def test_a_picture_that_was_scaled_is_still_recognised(scale: float, name: str, family: str) -> None:
    cv2 = pytest.importorskip("cv2")
    right = 0
    for challenge in challenges(family, 1, 6):
        picture = cv2.resize(decode_picture(challenge.picture), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        recognition = load_recogniser(name).recognise(picture, challenge.prompt.en)
        if recognition is not None:
            reply = reply_of(unscaled(recognition, scale), challenge, FAMILIES[family].replies_with)
            right += FAMILIES[family].judge(challenge.answer, reply)
    assert right >= 3


def plain(height: int, width: int, grey: int) -> Picture:
    return np.full((height, width, 3), grey, dtype=np.uint8)


def noise(height: int, width: int, seed: str) -> Picture:
    return Streams(b"noise").stream(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


HOSTILE = {
    "one pixel": plain(1, 1, 128),
    "one row": noise(1, 700, "row"),
    "one column": noise(700, 1, "column"),
    "two by three": noise(2, 3, "few"),
    "small": noise(17, 16, "small"),
    "black": plain(430, 500, 0),
    "white": plain(376, 376, 255),
    "noise": noise(430, 500, "scene"),
    "square noise": noise(376, 376, "grid"),
    "large": plain(2000, 2000, 90),
    "stripes": np.ascontiguousarray(np.indices((376, 376)).sum(axis=0)[:, :, None].repeat(3, 2) % 7 * 36, np.uint8),
}


def white_lines(picture: Picture) -> Picture:
    lined = picture.copy()
    for start in (0, 124, 248, 372):
        lined[start : start + 4] = lined[:, start : start + 4] = 255
    return lined


HOSTILE["empty tiles"] = white_lines(plain(376, 376, 120))
HOSTILE["noisy tiles"] = white_lines(noise(376, 376, "tiles") // 2)


@EACH_RECOGNISER
@EACH_QUESTION
@pytest.mark.parametrize("kind", list(HOSTILE))
def test_no_picture_makes_a_recogniser_fail(name: str, kind: str, question: str) -> None:
    load_recogniser(name).recognise(HOSTILE[kind], question)


@EACH_RECOGNISER
@pytest.mark.parametrize("kind", ["one pixel", "one row", "black", "white", "large"])
@EACH_QUESTION
def test_a_picture_that_shows_nothing_is_not_answered(name: str, kind: str, question: str) -> None:
    guessed = [ASKED["count"], ASKED["rotate_upright"]]
    if name != "random" or question not in guessed:
        assert load_recogniser(name).recognise(HOSTILE[kind], question) is None


@pytest.mark.parametrize("name", ["classical", "cnn"])
@pytest.mark.parametrize("family", sorted(set(ASKED) - {"grid"}))
def test_a_scene_with_two_objects_is_none_of_a_family(name: str, family: str) -> None:
    picture = decode_picture(challenges("odd_one_out", 1, 1)[0].picture)
    recogniser = load_recogniser(name)
    alone = picture.copy()
    alone[:, 130:] = picture[:, :1]
    assert recogniser.recognise(alone, ASKED[family]) is None


@pytest.mark.parametrize("name", ["classical", "cnn"])
@pytest.mark.parametrize("shown", [2, 4, 9])
def test_a_strip_that_shows_another_number_than_asked_for_is_not_answered(name: str, shown: int) -> None:
    challenge = challenges("order_click", 1, 1)[0]
    picture, recogniser = decode_picture(challenge.picture), load_recogniser(name)
    assert recogniser.recognise(picture, challenge.prompt.en.replace("3", str(shown))) is None
    assert recogniser.recognise(picture, challenge.prompt.en) is not None


@pytest.mark.parametrize("name", ["classical", "cnn"])
@pytest.mark.parametrize("family", ["relation", "count", "bounding_box"])
def test_those_that_look_answer_what_was_asked(name: str, family: str) -> None:
    """The control: the same pictures with the questions of others."""
    drawn = challenges(family, 1, 20)
    questions = [each.prompt.en for each in drawn]
    assert solved(name, family, drawn, questions) >= 18
    assert solved(name, family, drawn, questions[1:] + questions[:1]) <= 8


def test_classical_does_not_choose_from_empty_tiles() -> None:
    assert load_recogniser("classical").recognise(HOSTILE["empty tiles"], CAT) is None


@EACH_RECOGNISER
@settings(max_examples=20, deadline=None)
@given(
    height=st.integers(1, 220),
    width=st.integers(1, 220),
    low=st.integers(0, 255),
    seed=st.text(max_size=4),
    question=st.sampled_from([ODD, CAT]),
)
def test_no_patched_noise_makes_a_recogniser_fail(
    name: str, height: int, width: int, low: int, seed: str, question: str
) -> None:
    picture = plain(height, width, low)
    patch = noise(max(1, height // 2), max(1, width // 3), seed)
    picture[: patch.shape[0], : patch.shape[1]] = patch
    load_recogniser(name).recognise(picture, question)


@EACH_RECOGNISER
def test_a_question_that_is_not_understood_is_not_answered(name: str) -> None:
    picture = decode_picture(challenges("grid", 1, 1)[0].picture)
    assert load_recogniser(name).recognise(picture, "What time is it?") is None


def test_an_unknown_recogniser_is_refused_with_the_names_that_exist() -> None:
    with pytest.raises(RecogniserUnknown, match="random, classical, cnn"):
        load_recogniser("oracle")


@EACH_RECOGNISER
def test_one_that_is_loaded_late_is_the_same(name: str) -> None:
    late, challenge = late_recogniser(name), challenges("grid", 1, 1)[0]
    loaded = load_recogniser(name)
    assert (late.name, late.families) == (loaded.name, loaded.families)
    picture, question = decode_picture(challenge.picture), challenge.prompt.en
    assert late.recognise(picture, question) == loaded.recognise(picture, question)


def test_one_that_is_loaded_late_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RecogniserUnknown, match="classical"):
        late_recogniser("oracle")
    # What Python itself takes for a module that is not there.
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(NetworkMissing, match=r"captcha-range\[cnn\]"):
        late_recogniser("cnn")
