"""No answer leaks: every byte that a visitor or a solver gets before judging is searched for the answer."""

import json
import re
import struct
from collections.abc import Callable
from typing import NamedTuple

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.family import LEVELS, Answer
from captcha_range.core.perceptual_hash import perceptual_hash
from captcha_range.core.pixels import decode_picture, pixel_digest
from captcha_range.core.streams import Streams
from captcha_range.provider.plane import Provider
from captcha_range.provider.records import Record
from captcha_range.provider.routes import create_app
from tests.contract.raw_http import Answer as WireAnswer
from tests.contract.raw_http import Connection, request
from tests.served import served
from tests.visits import ORIGIN, register

EACH_LEVEL = 8
"""Challenges of each family and level: forty of each family."""

VIEW_KEYS = {
    "challenge",
    "family",
    "prompt",
    "replies_with",
    "picture",
    "width",
    "height",
    "tiles",
    "points",
    "piece",
    "choices",
    "expires_in",
}
ATTESTATION_KEYS = {"challenge", "family", "width", "height", "prompt_en", "prompt_zh"}
FORBIDDEN_KEYS = {
    "answer",
    "targets",
    "target",
    "seed",
    "level",
    "index",
    "draw_index",
    "correct",
    "solution",
    "passed",
    "angle",
    "choice",
    "number",
}
ONE_NUMBER = {"rotate_upright", "text"}
"""Families whose answer is one small number, which stands anywhere: what is searched for are keys."""
_KEY = re.compile(rb'"([^"\\]*)"\s*:')
_NUMBERS = re.compile(rb"[0-9]+")
_CHANCE = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?m:^date: .*$)")
"""Ids, which are drawn at random and not from the seed, and the date: their digits could be anything."""


class Seen(NamedTuple):
    """Everything that came over the wire for one challenge, by the request that brought it, and the truth."""

    answers: dict[str, WireAnswer]
    record: Record


def leaks(seen: Seen) -> list[str]:
    """Where the answer, or a key that promises one, is found in what was seen."""
    found = []
    for source, answer in seen.answers.items():
        texts = [answer.head]
        if answer.headers.get("content-type") == "image/jpeg":
            texts.append(_beside_the_scan(answer.body))
        else:
            texts.append(_without_places_of_tiles(answer.body))
        for text in texts:
            found += [f"{source}: {what}" for what in _found_in(text, seen.record.answer)]
    return found


def _found_in(text: bytes, answer: Answer) -> list[str]:
    found = [f"key {key.decode()}" for key in _KEY.findall(text) if key.lower().decode("latin-1") in FORBIDDEN_KEYS]
    numbers = [int(number) for number in _NUMBERS.findall(_CHANCE.sub(b"x", text)) if len(number) < 6]
    return found + [f"numbers {each}" for each in _sequences(answer) if _contains(numbers, each)]


def _sequences(answer: Answer) -> list[tuple[int, ...]]:
    """The answer's numbers as somebody careless would write them down."""
    written: list[tuple[int, ...]] = []
    for box in answer.targets:
        right, bottom = box.x + box.width, box.y + box.height
        middle = (box.x + box.width // 2, box.y + box.height // 2)
        written += [(box.x, box.y, box.width, box.height), (box.x, box.y, right, bottom), middle]
    if len(answer.tiles) > 2:
        written += [answer.tiles, tuple(number + 1 for number in answer.tiles), answer.tiles[::-1]]
    return written


def is_searched_for(answer: Answer) -> bool:
    """Fewer than three tiles are numbers that stand anywhere."""
    return bool(answer.targets) or len(answer.tiles) > 2


def _contains(numbers: list[int], sequence: tuple[int, ...]) -> bool:
    size = len(sequence)
    return any(tuple(numbers[start : start + size]) == sequence for start in range(len(numbers) - size + 1))


def _without_places_of_tiles(body: bytes) -> bytes:
    """A view without `tiles`: they are the same for every challenge of a family (see the test of that)."""
    try:
        decoded = json.loads(body)
    except ValueError:
        return body
    if isinstance(decoded, dict):
        decoded.pop("tiles", None)
    return json.dumps(decoded).encode()


def _segments(jpeg: bytes) -> list[tuple[int, bytes]]:
    """Marker and content of every segment, up to and including the start of the scan."""
    assert jpeg[:2] == b"\xff\xd8"
    found: list[tuple[int, bytes]] = []
    position = 2
    while not found or found[-1][0] != 0xDA:
        mark, marker, length = struct.unpack(">BBH", jpeg[position : position + 4])
        assert mark == 0xFF
        found.append((marker, jpeg[position + 4 : position + 2 + length]))
        position += 2 + length
    return found


def _beside_the_scan(jpeg: bytes) -> bytes:
    """Everything of a JPEG in which text could stand: its segments but the tables, and what follows the picture."""
    written = [content for marker, content in _segments(jpeg) if marker not in (0xDB, 0xC4)]
    return b" ".join(written) + jpeg[jpeg.rindex(b"\xff\xd9") + 2 :]


async def look(provider: Provider, app: ASGIApp, family: str, level: int, count: int) -> list[Seen]:
    """Ask for challenges as a widget does, and for all that the solver may ask, over a socket."""
    # The sitekey is part of a challenge's seed: a fixed one shows the same challenges in every run.
    sitekey = f"00000000-0000-4000-8000-{len(provider.sites.all()):012}"
    site, _ = await register(provider, sitekey=sitekey, families=(family,), level=level, enterprise=True)
    authorization = f"Authorization: Bearer {await provider.keys.create('solver')}"
    found: list[Seen] = []
    async with served(app) as url, await Connection.open(url) as visitor:

        async def get(path: str, *headers: str) -> WireAnswer:
            return await visitor.ask(request("GET", path, b"", "", *headers))

        async def post(path: str, content: object = None) -> WireAnswer:
            body = b"" if content is None else json.dumps(content).encode()
            return await visitor.ask(request("POST", path, body, "application/json"))

        for number in range(count):
            answers = {
                "checksiteconfig": await post(f"/checksiteconfig?sitekey={site.sitekey}&host=shop.localhost"),
                "preflight": await post(f"/preflight/{site.sitekey}"),
            }
            asked = {"origin": ORIGIN, "language": "zh" if number % 2 else "en"}
            answers["getcaptcha"] = await post(f"/getcaptcha/{site.sitekey}", asked)
            view = json.loads(answers["getcaptcha"].body)
            answers["picture"] = await get(view["picture"])
            digest = pixel_digest(decode_picture(answers["picture"].body)).hex()
            answers["range/sites"] = await get(f"/range/sites/{site.sitekey}", authorization)
            answers["range/pictures"] = await get(f"/range/pictures/{digest}", authorization)
            likeness = perceptual_hash(decode_picture(answers["picture"].body)).hex()
            answers["range/pictures/similar"] = await get(f"/range/pictures/similar/{likeness}", authorization)
            refused = f"/checkcaptcha/{site.sitekey}/{view['challenge']}"
            answers["a reply that cannot be read"] = await post(refused, {"reply": {"points": "x"}})
            answers["a reply without a challenge"] = await post(f"/checkcaptcha/{site.sitekey}/x", {"reply": {}})
            found.append(Seen(answers, provider.records.latest(site.sitekey, 1)[0]))
    return found


EACH = pytest.mark.parametrize(("family", "level"), [(family, level) for family in FAMILIES for level in LEVELS])


@EACH
async def test_nothing_that_is_seen_before_the_answer_contains_it(provider: Provider, family: str, level: int) -> None:
    for seen in await look(provider, create_app(provider), family, level, EACH_LEVEL):
        statuses = [answer.status for answer in seen.answers.values()]
        assert statuses == [200, 200, 200, 200, 200, 200, 200, 400, 409]
        assert leaks(seen) == []
        assert set(json.loads(seen.answers["getcaptcha"].body)) == VIEW_KEYS
        assert set(json.loads(seen.answers["range/pictures"].body)) == ATTESTATION_KEYS
        for candidate in json.loads(seen.answers["range/pictures/similar"].body)["candidates"]:
            assert set(candidate) == ATTESTATION_KEYS | {"picture", "distance"}
        assert seen.record.passed is None


@EACH
async def test_a_picture_is_nothing_but_a_picture(provider: Provider, family: str, level: int) -> None:
    for seen in await look(provider, create_app(provider), family, level, 2):
        picture = seen.answers["picture"].body
        markers = [marker for marker, _ in _segments(picture)]
        # JFIF, quantisation, one baseline frame, Huffman tables, one scan; nothing else.
        assert set(markers) == {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}
        assert markers.count(0xE0) == markers.count(0xC0) == markers.count(0xDA) == 1
        assert dict(_segments(picture))[0xE0] == b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
        assert picture.endswith(b"\xff\xd9")
        assert picture.count(b"\xff\xda") == picture.count(b"\xff\xd8") == picture.count(b"\xff\xd9") == 1


@EACH
async def test_the_tables_of_all_pictures_of_a_level_are_the_same(provider: Provider, family: str, level: int) -> None:
    seen = await look(provider, create_app(provider), family, level, 3)
    tables = {str([each for each in _segments(one.answers["picture"].body) if each[0] != 0xDA]) for one in seen}
    assert len(tables) == 1


@pytest.mark.parametrize("level", LEVELS)
async def test_nothing_of_a_composed_challenge_contains_the_answer_of_any_round(provider: Provider, level: int) -> None:
    sitekey = f"00000000-0000-4000-8000-{level:012}"
    families = tuple(sorted(set(FAMILIES) - ONE_NUMBER))
    site, _ = await register(provider, sitekey=sitekey, families=families, level=level, rounds=3)
    async with served(create_app(provider)) as url, await Connection.open(url) as visitor:
        for _ in range(EACH_LEVEL):
            body = json.dumps({"origin": ORIGIN}).encode()
            asked = await visitor.ask(request("POST", f"/getcaptcha/{site.sitekey}", body, "application/json"))
            view = json.loads(asked.body)
            assert set(view) == VIEW_KEYS | {"further_rounds"}
            assert [set(each) for each in view["further_rounds"]] == [VIEW_KEYS - {"challenge", "expires_in"}] * 2
            misfit = b'{"reply":[{"points":[[0,0]]}]}'
            path = f"/checkcaptcha/{site.sitekey}/{view['challenge']}"
            refused = await visitor.ask(request("POST", path, misfit, "application/json"))
            assert refused.status == 422
            told = {"getcaptcha": _without_constants(asked), "a reply to one round": refused}
            for record in provider.records.latest(site.sitekey, 3):
                assert leaks(Seen(told, record)) == []
                if is_searched_for(record.answer):
                    # The control: the answer would be found where a careless list of rounds would put it.
                    spoilt = view | {"further_rounds": [{"where": _sequences(record.answer)[0]}]}
                    careless = asked._replace(body=json.dumps(spoilt).encode())
                    assert leaks(Seen({"getcaptcha": careless}, record))


def _without_constants(answer: WireAnswer) -> WireAnswer:
    """The view without what is the same in every round of a family: the places of the tiles, the numbers 1 to 9."""
    view = json.loads(answer.body)
    for each in (view, *view["further_rounds"]):
        del each["tiles"]
        if each["family"] == "count":
            del each["choices"]
    return answer._replace(body=json.dumps(view).encode())


async def test_the_headers_of_all_challenges_are_alike(provider: Provider) -> None:
    """A header whose value changes could carry an answer: only lengths and the date do."""
    seen = await look(provider, create_app(provider), "grid", 2, 10)
    for source in seen[0].answers:
        names = {tuple(each.answers[source].headers) for each in seen}
        assert len(names) == 1
        for name in names.pop():
            values = {each.answers[source].headers[name] for each in seen}
            assert len(values) == 1 or name in {"content-length", "date"}


async def test_the_places_of_the_tiles_are_the_same_for_every_challenge(provider: Provider) -> None:
    views = []
    for level in LEVELS:
        seen = await look(provider, create_app(provider), "grid", level, 3)
        views += [json.loads(each.answers["getcaptcha"].body) for each in seen]
    assert len({json.dumps(view["tiles"]) for view in views}) == 1


async def test_a_judgement_tells_no_more_than_right_or_wrong(provider: Provider) -> None:
    site, _ = await register(provider, families=("odd_one_out",), level=1)
    async with served(create_app(provider)) as url, await Connection.open(url) as visitor:
        body = json.dumps({"origin": ORIGIN}).encode()
        asked = await visitor.ask(request("POST", f"/getcaptcha/{site.sitekey}", body, "application/json"))
        path = f"/checkcaptcha/{site.sitekey}/{json.loads(asked.body)['challenge']}"
        judged = await visitor.ask(request("POST", path, b'{"reply":{"points":[[0,0]]}}', "application/json"))
        assert judged.body == b'{"pass":false}'
        record = provider.records.latest(site.sitekey, 1)[0]
        assert leaks(Seen({"checkcaptcha": judged}, record)) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_seed_draws_the_same_bytes(family: str) -> None:
    """The size of a file depends on the seed alone, not on when or for whom it is drawn."""
    for level in LEVELS:
        one, other = (FAMILIES[family].draw(Streams(b"again").stream(level), level) for _ in range(2))
        assert one.picture == other.picture


# The controls: the same search finds an answer that is there.

Spoil = Callable[[Record], tuple[bytes, bytes]]


class Leaking:
    """The provider's application with a header too many."""

    def __init__(self, provider: Provider, spoil: Spoil) -> None:
        self._provider = provider
        self._app = create_app(provider)
        self._spoil = spoil

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def spoilt(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["path"].startswith("/getcaptcha/"):
                sitekey = scope["path"].rpartition("/")[2]
                message["headers"].append(self._spoil(self._provider.records.latest(sitekey, 1)[0]))
            await send(message)

        await self._app(scope, receive, spoilt)


def as_json(record: Record) -> tuple[bytes, bytes]:
    targets = [{"x": box.x, "y": box.y, "width": box.width, "height": box.height} for box in record.answer.targets]
    others = {name: getattr(record.answer, name) for name in ("angle", "choice", "number")}
    found = {name: value for name, value in others.items() if value is not None}
    return b"x-debug", json.dumps({"where": targets, "which": record.answer.tiles, **found}).encode()


def as_list(record: Record) -> tuple[bytes, bytes]:
    boxes = [str(number) for box in record.answer.targets for number in (box.x, box.y, box.width, box.height)]
    return b"x-debug", ",".join(boxes or map(str, record.answer.tiles)).encode()


def as_corners(record: Record) -> tuple[bytes, bytes]:
    corners = [(box.x, box.y, box.x + box.width, box.y + box.height) for box in record.answer.targets]
    return b"x-debug", str(corners or record.answer.tiles[::-1]).encode()


def as_level(record: Record) -> tuple[bytes, bytes]:
    return b"x-debug", b'{"Level": %d}' % record.level


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - ONE_NUMBER))
@pytest.mark.parametrize("spoil", [as_json, as_list, as_corners])
async def test_an_answer_in_a_header_would_be_found(provider: Provider, family: str, spoil: Spoil) -> None:
    looked = await look(provider, Leaking(provider, spoil), family, 2, 6)
    seen = [each for each in looked if is_searched_for(each.record.answer)]
    assert seen
    assert all(leaks(each) for each in seen)


@pytest.mark.parametrize(("family", "spoil"), [*((each, as_json) for each in sorted(ONE_NUMBER)), ("grid", as_level)])
async def test_a_key_that_promises_an_answer_would_be_found(provider: Provider, family: str, spoil: Spoil) -> None:
    assert all(leaks(each) for each in await look(provider, Leaking(provider, spoil), family, 2, 6))


@pytest.mark.parametrize("family", FAMILIES)
async def test_an_answer_inside_a_picture_would_be_found(provider: Provider, family: str) -> None:
    seen = await look(provider, create_app(provider), family, 2, 6)
    for each in seen:
        if not is_searched_for(each.record.answer):
            continue
        whole = each.answers["picture"]
        note = as_list(each.record)[1]
        comment = b"\xff\xfe" + struct.pack(">H", len(note) + 2) + note
        for spoilt in (whole.body[:20] + comment + whole.body[20:], whole.body + note):
            assert decode_picture(spoilt).size
            assert leaks(Seen({"picture": whole._replace(body=spoilt)}, each.record))
