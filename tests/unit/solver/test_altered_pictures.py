"""Pictures that are not pixel-exact: found, answered in the pixels that were sent, and foreign ones refused."""

from collections.abc import AsyncIterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.altered import ALTERATIONS
from benchmarks.foreign import foreign_image
from captcha_range.core.clock import StillClock
from captcha_range.core.pixels import Picture, decode_picture
from captcha_range.core.streams import Streams
from captcha_range.provider.issued import LIFETIME
from captcha_range.provider.observation import Observation, Opening
from captcha_range.provider.records import Record
from captcha_range.solver.errors import ImageNotIssued, QuotaEmpty
from tests.practice_range import PracticeRange, practice_range

COUNT = 30
FOREIGN = 120


@pytest.fixture
async def target(tmp_path: Path, clock: StillClock) -> AsyncIterator[PracticeRange]:
    async with practice_range(tmp_path, clock) as opened:
        yield opened


async def issue(target: PracticeRange, count: int) -> list[Record]:
    """Challenges of both families, at all levels."""
    opening = Opening(Observation(target.clock.now(), "127.0.0.1", "local", "tests"))
    records = []
    for level in range(1, 6):
        site = await target.add_site(level=level)
        for _ in range(count // 5):
            await target.provider.issued.issue(site, "shop.localhost", "en", opening)
            records += target.provider.records.latest(site.sitekey, 1)
    return records


def as_png(picture: Picture) -> bytes:
    return cv2.imencode(".png", picture, (cv2.IMWRITE_PNG_COMPRESSION, 3))[1].tobytes()


def as_sent(picture: Picture) -> bytes:
    """Without loss where that fits."""
    data = as_png(picture)
    return data if len(data) < 500_000 else cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, 95))[1].tobytes()


@pytest.mark.parametrize("name", ALTERATIONS)
async def test_the_points_land_on_what_is_asked_for_in_the_picture_that_was_sent(
    target: PracticeRange, name: str
) -> None:
    for number, record in enumerate(await issue(target, COUNT)):
        altered = ALTERATIONS[name](decode_picture(record.picture), Streams(b"altered").stream(name, number))
        found = await target.solver.recognitions.recognise(target.account, as_sent(altered.picture), None)
        assert found.label == record.prompt.removesuffix(".")
        assert found.height == altered.picture.shape[0]
        boxes = record.answer.targets or [record.tiles[tile] for tile in record.answer.tiles]
        points = [altered.issued_point(round(x), round(y)) for x, y in found.points]
        assert points
        assert all(any(box.contains(x, y) for box in boxes) for x, y in points)
        assert len(points) == (len(record.answer.tiles) or 1)


async def test_foreign_images_are_refused_and_cost_nothing(target: PracticeRange) -> None:
    await issue(target, 100)
    streams = Streams(b"somebody else's")
    for number in range(FOREIGN):
        _, picture = foreign_image(streams, number)
        with pytest.raises(ImageNotIssued):
            await target.solver.recognitions.recognise(target.account, as_sent(picture), "Which?")
    assert target.solver.accounts.all()[0].recognitions == target.account.recognitions


async def test_a_copy_is_refused_once_the_challenge_has_expired(target: PracticeRange) -> None:
    record = (await issue(target, 5))[0]
    copy = as_png(decode_picture(record.picture)[3:, 3:])
    assert await target.solver.recognitions.recognise(target.account, copy, None)
    target.clock.advance(LIFETIME)
    with pytest.raises(ImageNotIssued):
        await target.solver.recognitions.recognise(target.account, copy, None)


async def test_a_picture_that_was_half_replaced_turned_or_distorted_is_refused(target: PracticeRange) -> None:
    for record in await issue(target, 10):
        picture = decode_picture(record.picture)
        noise = Streams(b"noise").stream(record.challenge).integers(0, 256, picture.shape, dtype=np.uint8)
        half = picture.copy()
        half[:, : picture.shape[1] // 2] = noise[:, : picture.shape[1] // 2]
        stretched = cv2.resize(picture, None, fx=1.3, fy=1.0)
        for changed in (half, picture[:, ::-1], picture[::-1], cv2.rotate(picture, cv2.ROTATE_180), stretched):
            with pytest.raises(ImageNotIssued):
                await target.solver.recognitions.recognise(target.account, as_sent(np.asarray(changed)), None)


async def test_what_is_recognised_is_the_issued_picture_and_not_the_pixels_that_were_sent(
    target: PracticeRange,
) -> None:
    """The fed eye knows pictures by their digest: it would not know the pixels of a copy."""
    record = (await issue(target, 5))[0]
    copy = decode_picture(record.picture).copy()
    copy[0, 0] ^= 1
    assert await target.solver.recognitions.recognise(target.account, as_png(copy), None)


async def test_copies_use_the_quota_up_as_the_pictures_themselves_do(target: PracticeRange) -> None:
    account, _ = await target.open_account(recognitions=1)
    copy = as_png(decode_picture((await issue(target, 5))[0].picture)[2:, 2:])
    await target.solver.recognitions.recognise(account, copy, None)
    with pytest.raises(QuotaEmpty):
        await target.solver.recognitions.recognise(account, copy, None)
