"""Tokens and recognitions for the families whose pictures show objects: both planes over sockets, with real eyes."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import cv2
import msgspec
import pytest

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.family import Reply
from captcha_range.client import AsyncClient, Recognition
from captcha_range.core.clock import StillClock
from captcha_range.core.pixels import decode_picture
from captcha_range.http_call import call
from captcha_range.provider.observation import Observation, Opening
from captcha_range.provider.records import Record
from captcha_range.recognition.catalogue import load_recogniser
from tests.practice_range import PAGE, SECRET, PracticeRange, practice_range

POINTED = ("pair", "relation", "order_click")
EACH_FAMILY = pytest.mark.parametrize("family", [*POINTED, "count", "bounding_box"])
FIRST_SITE = SECRET + "1"


async def issue(target: PracticeRange, family: str) -> Record:
    """A challenge of that family that the range issued just now."""
    site = await target.add_site(families=(family,), level=1)
    opening = Opening(Observation(target.clock.now(), "127.0.0.1", "local", "tests"))
    await target.provider.issued.issue(site, "shop.localhost", "en", opening)
    (record,) = target.provider.records.latest(site.sitekey, 1)
    return record


def is_right(record: Record, found: Recognition, scale: float = 1.0) -> bool:
    """The family's own judgement of what was found in a copy that was scaled."""
    box = None if found.box is None else [part / scale for part in msgspec.structs.astuple(found.box)]
    points = tuple((point.x / scale, point.y / scale) for point in found.points)
    replies = {
        "points": Reply(points=points),
        "number": Reply(number=found.number),
        "box": msgspec.convert({"box": box}, Reply),
    }
    family = FAMILIES[record.family]
    return family.judge(record.answer, replies[family.replies_with])


async def post(target: PracticeRange, path: str, body: dict[str, Any], **headers: str) -> Any:
    answer = await asyncio.to_thread(call, "POST", target.solver_url + path, json=body, headers=headers)
    assert answer.status == 200
    return answer.json()


async def ask(target: PracticeRange, record: Record) -> Any:
    """AceData's recognition, with its extension."""
    body = {"queries": [base64.b64encode(record.picture).decode()], "question": record.prompt}
    path = "/captcha/recognition/hcaptcha?extended=1"
    return await post(target, path, body, authorization=f"Bearer {target.client_key}")


@EACH_FAMILY
@pytest.mark.parametrize("name", ["classical", "cnn"])
async def test_an_order_for_a_site_of_the_family_gets_a_token_that_verifies(
    tmp_path: Path, clock: StillClock, name: str, family: str
) -> None:
    async with practice_range(tmp_path, clock, eye=load_recogniser(name), serve_solver=True) as target:
        site = await target.add_site(families=(family,), level=1)
        order = {"type": "HCaptchaTaskProxyless", "websiteURL": PAGE, "websiteKey": site.sitekey}
        task = (await post(target, "/createTask", {"clientKey": target.client_key, "task": order}))["taskId"]
        result: dict[str, Any] = {"status": "processing"}
        while result["status"] == "processing":
            result = await post(target, "/getTaskResult", {"clientKey": target.client_key, "taskId": task})
        assert result["status"] == "ready"
        verdict = await target.siteverify(result["solution"]["gRecaptchaResponse"], FIRST_SITE)
        assert verdict["success"] is True
        assert {record.family for record in target.provider.records.latest(site.sitekey, 100)} == {family}


@pytest.fixture
async def target(tmp_path: Path, clock: StillClock) -> AsyncIterator[PracticeRange]:
    async with practice_range(tmp_path, clock, eye=load_recogniser("classical"), serve_solver=True) as opened:
        yield opened


@EACH_FAMILY
async def test_the_native_recognition_is_a_right_reply(target: PracticeRange, family: str) -> None:
    record = await issue(target, family)
    async with AsyncClient(target.solver_url, target.client_key) as client:
        found = await client.recognise(record.picture)
    assert is_right(record, found)
    assert (found.number is not None, found.box is not None) == (family == "count", family == "bounding_box")
    assert found.angle is None
    assert found.choice is None


def _still_hit_at(record: Record, scale: float) -> bool:
    """Does the middle of every target, taken so much nearer the corner, still lie in the target?"""
    middles = [(box.x + box.width / 2, box.y + box.height / 2, box) for box in record.answer.targets]
    return all(abs(x * scale - x) <= box.width / 2 and abs(y * scale - y) <= box.height / 2 for x, y, box in middles)


@EACH_FAMILY
async def test_it_is_in_the_pixels_of_the_copy_that_was_sent(target: PracticeRange, family: str) -> None:
    record = await issue(target, family)
    while family in {"pair", "relation", "bounding_box"} and _still_hit_at(record, 0.7):
        record = await issue(target, family)
    small = cv2.resize(decode_picture(record.picture), None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    copy = cv2.imencode(".png", small)[1].tobytes()
    async with AsyncClient(target.solver_url, target.client_key) as client:
        found = await client.recognise(copy, record.prompt)
    assert is_right(record, found, 0.7)
    if family not in {"count", "order_click"}:
        # The control: the same numbers taken for the issued picture's pixels.
        assert not is_right(record, found)


@pytest.mark.parametrize("family", POINTED)
async def test_the_first_point_is_the_box_and_the_extension_has_all(target: PracticeRange, family: str) -> None:
    record = await issue(target, family)
    answer = await ask(target, record)
    boxes = answer["extended"]["boxes"]
    points = tuple((float(x), record.height - float(y)) for x, y in boxes)
    assert FAMILIES[family].judge(record.answer, Reply(points=points))
    assert answer["solution"]["box"] == boxes[0]
    assert set(answer["extended"]["answers"][0]) == {"label", "boxes", "confidences"}


async def test_a_count_points_at_what_is_counted_and_the_extension_has_the_number(target: PracticeRange) -> None:
    record = await issue(target, "count")
    answer = await ask(target, record)
    (extended,) = answer["extended"]["answers"]
    assert extended["number"] == record.answer.number == len(extended["boxes"])
    assert answer["solution"]["box"] == extended["boxes"][0]
    points = [(float(x), record.height - float(y)) for x, y in extended["boxes"]]
    assert all(sum(target.contains(*point) for point in points) == 1 for target in record.answer.targets)


async def test_a_bounding_box_points_at_its_middle_and_the_extension_has_the_area(target: PracticeRange) -> None:
    record = await issue(target, "bounding_box")
    answer = await ask(target, record)
    (extended,) = answer["extended"]["answers"]
    left, low, width, height = (float(part) for part in extended["area"])
    assert FAMILIES["bounding_box"].judge(record.answer, Reply(box=(left, record.height - low - height, width, height)))
    x, y = (float(part) for part in answer["solution"]["box"])
    assert abs(x - left - width / 2) <= 1
    assert abs(y - low - height / 2) <= 1


async def test_a_number_without_any_point_is_for_the_native_api_only(tmp_path: Path, clock: StillClock) -> None:
    async with practice_range(tmp_path, clock, eye=load_recogniser("random"), serve_solver=True) as target:
        record = await issue(target, "count")
        async with AsyncClient(target.solver_url, target.client_key) as client:
            found = await client.recognise(record.picture)
        assert (found.points, found.number in range(1, 10)) == ((), True)
        left = target.solver.accounts.all()[0].recognitions
        body = {"queries": [base64.b64encode(record.picture).decode()]}
        url = f"{target.solver_url}/captcha/recognition/hcaptcha"
        key = {"authorization": f"Bearer {target.client_key}"}
        refused = await asyncio.to_thread(call, "POST", url, json=body, headers=key)
        assert (refused.status, refused.json()["error"]["code"]) == (400, "api_not_implemented")
        assert target.solver.accounts.all()[0].recognitions == left
