"""What a key draws stays what it was: calibrations, prototypes and recorded solve rates rest on it."""

import hashlib

import msgspec
import pytest

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.family import LEVELS, Challenge
from captcha_range.core.perceptual_hash import distance, perceptual_hash
from captcha_range.core.pixels import decode_picture
from captcha_range.core.streams import Streams

NEAR = 4
"""Bits of 256: other processors may round a pixel otherwise. Another picture is some 128 away."""

RECORDED = {
    "odd_one_out": ("af807d12120f0866", "e94b641eb11c8f4f9ae7b8834ea546f61bf153bca8fccea89134b1819b462986"),
    "grid": ("3a0039fcc08e3ce9", "e2fb9cb4d3cb294d09362328b4166e7df4469696697d4252ad7d536296a59922"),
    "pair": ("02be1df933d9cf60", "ca0cf8d11bc84be2e04fa34e25dbaf2f3c33320d173464d3d232e0d0d3eae1f3"),
    "relation": ("69d40799a31be1b6", "98b7d6f76b4c96616ab66cd696497908cdb26594904bb50e6d020ef532db853a"),
    "order_click": ("1f572a271cfc82b4", "da925ab1bb4e2064e68096bab430f3489564edcfe438371ae46f1b55e9936c27"),
    "count": ("28d8777272a1f5c7", "de1e2d679a2a99e7acd035cb29792d6186c8995309392d6d2762074e8ccf5b69"),
    "bounding_box": ("59abadbda557e889", "f9ca462bc67f162a560843dd8375a2249347d0f12953e72159efec0f333059f3"),
    "text": ("0087341a832cc6f1", "e50135e0dc8653ec859e563c8d7a25c252cf6a5536529ac5a56f35adfa54652a"),
    "rotate_upright": ("c2df106bca29a22b", "be04782f91fbeae85aa0e337ce3120cf990e0175cc7967c739e1ff8124b12586"),
    "drag_to_fit": ("ad790031d191f229", "f6b24c98a33329cc977996650c8d676658cc727bcccc7a21e6e419db3007f893"),
}
"""By family: the digest of what 40 challenges of all levels ask and answer, and the hash of one picture of level 5."""


def drawn(family: str, level: int, number: int, key: bytes = b"recorded") -> Challenge:
    return FAMILIES[family].draw(Streams(key).stream(family, level, number), level)


def facts(challenge: Challenge) -> bytes:
    """All but the picture."""
    return msgspec.json.encode(msgspec.structs.asdict(challenge.answer) | {"prompt": challenge.prompt})


def test_every_family_is_recorded() -> None:
    assert set(RECORDED) == set(FAMILIES)


@pytest.mark.parametrize("family", RECORDED)
def test_what_is_asked_and_right_stays_what_it_was(family: str) -> None:
    digest = hashlib.sha256(b"".join(facts(drawn(family, level, number)) for level in LEVELS for number in range(8)))
    assert digest.hexdigest()[:16] == RECORDED[family][0]


@pytest.mark.parametrize("family", RECORDED)
def test_a_picture_looks_as_it_did(family: str) -> None:
    looks = perceptual_hash(decode_picture(drawn(family, 5, 0).picture))
    assert distance(looks, bytes.fromhex(RECORDED[family][1])) <= NEAR


@pytest.mark.parametrize("family", [name for name in RECORDED if name != "text"])
def test_a_picture_of_another_key_looks_otherwise(family: str) -> None:
    looks = perceptual_hash(decode_picture(drawn(family, 5, 0, key=b"another").picture))
    assert distance(looks, bytes.fromhex(RECORDED[family][1])) > NEAR
