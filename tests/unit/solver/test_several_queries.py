"""Several images in one request: the first as ever, the others only in the extension, each for its own quota."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from captcha_range.core.clock import StillClock
from captcha_range.provider.observation import Observation, Opening
from tests.asgi import Reply, ask
from tests.practice_range import PracticeRange, practice_range

REFUSED = {"error": {"code": "api_not_implemented", "message": "image was not issued by this range"}}
FOREIGN = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
async def target(tmp_path: Path, clock: StillClock) -> AsyncIterator[PracticeRange]:
    async with practice_range(tmp_path, clock) as opened:
        yield opened


async def issue(target: PracticeRange) -> bytes:
    opening = Opening(Observation(target.clock.now(), "127.0.0.1", "local", "tests"))
    await target.provider.issued.issue(target.site, "shop.localhost", "en", opening)
    return target.provider.records.latest(target.site.sitekey, 1)[0].picture


async def recognise(target: PracticeRange, images: list[bytes], *, extended: bool, key: str | None = None) -> Reply:
    path = "/captcha/recognition/hcaptcha" + ("?extended=1" if extended else "")
    body = msgspec.json.encode({"queries": [base64.b64encode(image).decode() for image in images]})
    headers = {"authorization": f"Bearer {key or target.client_key}"}
    return await ask(target.solver_app, "POST", path, body, headers)


async def test_without_the_extension_the_first_is_answered_for_one_recognition(target: PracticeRange) -> None:
    first, second = await issue(target), await issue(target)
    alone = await recognise(target, [first], extended=False)
    assert (await recognise(target, [first, second, FOREIGN], extended=False)).json() == alone.json()
    assert target.solver.accounts.all()[0].recognitions == target.account.recognitions - 2


async def test_with_the_extension_each_is_answered_for_one_recognition(target: PracticeRange) -> None:
    images = [await issue(target) for _ in range(3)]
    answer = (await recognise(target, images, extended=True)).json()
    for image, given in zip(images, answer["extended"]["answers"], strict=True):
        alone = (await recognise(target, [image], extended=True)).json()
        assert alone["extended"]["answers"] == [given]
        assert alone["solution"]["label"] == given["label"]
        assert alone["solution"]["box"] == given["boxes"][0]
    assert target.solver.accounts.all()[0].recognitions == target.account.recognitions - 6


async def test_a_foreign_image_among_them_is_refused_in_its_place_and_costs_nothing(target: PracticeRange) -> None:
    picture = await issue(target)
    answers = (await recognise(target, [picture, FOREIGN, picture], extended=True)).json()["extended"]["answers"]
    assert answers[1] == REFUSED
    assert answers[0] == answers[2]
    assert target.solver.accounts.all()[0].recognitions == target.account.recognitions - 2


async def test_a_foreign_image_in_front_refuses_the_request(target: PracticeRange) -> None:
    reply = await recognise(target, [FOREIGN, await issue(target)], extended=True)
    assert (reply.status, reply.json()["error"]) == (400, REFUSED["error"])


async def test_what_the_quota_does_not_reach_is_refused_in_its_place(target: PracticeRange) -> None:
    _, key = await target.open_account(recognitions=2)
    picture = await issue(target)
    answers = (await recognise(target, [picture] * 3, extended=True, key=key)).json()["extended"]["answers"]
    assert [each.get("error", {}).get("code") for each in answers] == [None, None, "too_many_requests"]
