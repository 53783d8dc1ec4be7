"""Recognition answers for pictures that this range issued, while they can be answered, and for no others."""

from collections.abc import AsyncIterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from captcha_range.core.clock import StillClock
from captcha_range.core.pixels import Picture, PictureInvalid, decode_picture
from captcha_range.provider import issued
from captcha_range.provider.observation import Observation, Opening
from captcha_range.recognition.recogniser import Recognition
from captcha_range.solver.accounts import Prices
from captcha_range.solver.errors import ImageNotIssued, QuestionNotUnderstood, QuotaEmpty
from captcha_range.solver.recognitions import Recognitions
from tests.practice_range import BlindEye, PracticeRange, practice_range


@pytest.fixture
async def target(tmp_path: Path, clock: StillClock) -> AsyncIterator[PracticeRange]:
    async with practice_range(tmp_path, clock) as opened:
        yield opened


async def issue(target: PracticeRange) -> tuple[bytes, str]:
    """A picture that the range issued just now, and its question."""
    opening = Opening(Observation(target.clock.now(), "127.0.0.1", "local", "tests"))
    view = await target.provider.issued.issue(target.site, "shop.localhost", "en", opening)
    picture = target.provider.issued.picture(view.picture.removeprefix("/picture/").removesuffix(".jpg"))
    assert picture is not None
    return picture, view.prompt


def as_png(picture: bytes) -> bytes:
    return cv2.imencode(".png", decode_picture(picture))[1].tobytes()


async def test_an_issued_picture_is_recognised(target: PracticeRange) -> None:
    picture, prompt = await issue(target)
    found = await target.solver.recognitions.recognise(target.account, picture, prompt)
    record = target.provider.records.latest(target.site.sitekey, 1)[0]
    x, y = found.points[0]
    assert any(box.contains(x, y) for box in record.answer.targets or [record.tiles[n] for n in record.answer.tiles])
    assert found.height == record.height
    assert 0 <= found.confidence <= 1


async def test_the_picture_of_any_round_of_a_composed_challenge_is_recognised(target: PracticeRange) -> None:
    # The sitekey is part of a challenge's seed: the same pictures in every run.
    site = await target.add_site(sitekey="abcdef00-0000-4000-8000-000000000001", rounds=3, level=1)
    opening = Opening(Observation(target.clock.now(), "127.0.0.1", "local", "tests"))
    await target.provider.issued.issue(site, "shop.localhost", "en", opening)
    for record in target.provider.records.latest(site.sitekey, 3):
        right = record.answer.targets or [record.tiles[number] for number in record.answer.tiles]
        found = await target.solver.recognitions.recognise(target.account, record.picture, None)
        assert found.label == record.prompt.removesuffix(".")
        assert all(any(box.contains(x, y) for box in right) for x, y in found.points)
        smaller = cv2.resize(decode_picture(record.picture), None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
        sent = cv2.imencode(".png", smaller)[1].tobytes()
        copy = await target.solver.recognitions.recognise(target.account, sent, None)
        assert copy.label == found.label
        assert len(copy.points) == len(found.points)


async def test_a_lossless_copy_of_an_issued_picture_is_the_same_picture(target: PracticeRange) -> None:
    picture, prompt = await issue(target)
    assert (await target.solver.recognitions.recognise(target.account, as_png(picture), prompt)).points


@pytest.mark.parametrize(
    ("question", "label"),
    [
        ("Please click on it.", "Please click on it"),
        ("Please click on it", "Please click on it"),
        ("请点击。", "请点击"),
        ("Dr. Who.", "Dr. Who"),
        ("Wait..", "Wait."),
        (" spaced. ", "spaced"),
        ("Which?", "Which?"),
    ],
)
async def test_the_label_is_the_question_without_its_final_period(
    target: PracticeRange, question: str, label: str
) -> None:
    picture, _ = await issue(target)
    assert (await target.solver.recognitions.recognise(target.account, picture, question)).label == label


async def test_without_a_question_the_issued_one_is_asked(target: PracticeRange) -> None:
    picture, prompt = await issue(target)
    found = await target.solver.recognitions.recognise(target.account, picture, None)
    assert found.label == prompt.removesuffix(".")


@pytest.mark.parametrize("change", ["mirrored", "a corner of it", "drawn here"])
async def test_a_picture_that_was_not_issued_here_is_refused_and_costs_nothing(
    target: PracticeRange, change: str
) -> None:
    picture, prompt = await issue(target)
    pixels = decode_picture(picture)
    foreign = {
        "mirrored": pixels[:, ::-1],
        "a corner of it": pixels[:90, :90],
        "drawn here": np.zeros((10, 10, 3), np.uint8),
    }[change]
    data = cv2.imencode(".png", foreign)[1].tobytes()
    with pytest.raises(ImageNotIssued, match="image was not issued by this range"):
        await target.solver.recognitions.recognise(target.account, data, prompt)
    assert target.solver.accounts.all()[0].recognitions == target.account.recognitions


async def test_an_issued_picture_whose_time_is_over_is_refused(target: PracticeRange) -> None:
    picture, prompt = await issue(target)
    target.clock.advance(issued.LIFETIME - 0.001)
    assert await target.solver.recognitions.recognise(target.account, picture, prompt)
    target.clock.advance(0.001)
    with pytest.raises(ImageNotIssued):
        await target.solver.recognitions.recognise(target.account, picture, prompt)


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n" + b"x" * 512 * 1024]
)
async def test_what_is_no_picture_is_refused(target: PracticeRange, data: bytes) -> None:
    with pytest.raises(PictureInvalid):
        await target.solver.recognitions.recognise(target.account, data, "Which?")


async def test_the_quota_is_used_up_by_issued_pictures_only(target: PracticeRange) -> None:
    account, key = await target.open_account(recognitions=1)
    picture, prompt = await issue(target)
    await target.solver.recognitions.recognise(account, picture, prompt)
    with pytest.raises(QuotaEmpty):
        await target.solver.recognitions.recognise(account, picture, prompt)
    assert target.solver.accounts.by_key(key).recognitions == 0


class PointlessEye:
    """Understands everything and points nowhere."""

    name = "pointless"
    families = frozenset({"odd_one_out", "grid"})

    def recognise(self, picture: Picture, question: str) -> Recognition | None:
        return Recognition("grid", (), 0.1)


async def test_an_account_with_a_price_pays_once_its_quota_is_used_up(target: PracticeRange) -> None:
    account, key = await target.open_account(recognitions=1, prices=Prices(recognition=3))
    picture, prompt = await issue(target)
    for left in (account.balance, account.balance - 3):
        now = target.solver.accounts.by_key(key)
        await target.solver.recognitions.recognise(now, picture, prompt)
        assert target.solver.accounts.by_key(key).balance == left


@pytest.mark.parametrize("eye", [BlindEye(), PointlessEye()], ids=lambda eye: eye.name)
async def test_an_eye_that_points_nowhere_did_not_understand(
    target: PracticeRange, eye: BlindEye | PointlessEye
) -> None:
    picture, prompt = await issue(target)
    blind = Recognitions(target.solver.link, target.solver.accounts, eye)
    with pytest.raises(QuestionNotUnderstood):
        await blind.recognise(target.account, picture, prompt)
