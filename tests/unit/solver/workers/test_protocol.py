"""The protocol worker earns tokens from a real provider by looking, and says so when the widget misbehaves."""

import base64
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.core.clock import StillClock
from captcha_range.core.lab_nets import Fence
from captcha_range.core.pixels import Picture
from captcha_range.core.regions import Regions
from captcha_range.provider.observation import Opening
from captcha_range.recognition.catalogue import load_recogniser
from captcha_range.recognition.recogniser import Recognition
from captcha_range.solver.egress import Egress
from captcha_range.solver.errors import FamilyUnsupported, ProxyRefused, Unsolvable, WidgetFailed
from captcha_range.solver.orders import Proxy, TokenOrder
from captcha_range.solver.provider_link import ProviderLink
from captcha_range.solver.workers.protocol import MAX_TRIES, USER_AGENT, ProtocolWorker
from tests.practice_range import ORIGIN, PAGE, SECRET, BlindEye, FedEye, PracticeRange, practice_range
from tests.served import served
from tests.visits import register


@pytest.fixture
async def target(tmp_path: Path, clock: StillClock) -> AsyncIterator[PracticeRange]:
    async with practice_range(tmp_path, clock) as opened:
        yield opened


def worker(target: PracticeRange, eye: Any) -> ProtocolWorker:
    return ProtocolWorker(target.solver.link, Regions(), eye)


def order(target: PracticeRange, **fields: Any) -> TokenOrder:
    return TokenOrder(**{"sitekey": target.site.sitekey, "page_url": PAGE, **fields})


def right_eye(tmp_path: Path) -> FedEye:
    return FedEye(tmp_path / "provider.sqlite")


def openings(target: PracticeRange) -> list[Opening]:
    """How the provider saw the challenges being asked for."""
    query = "SELECT opening FROM issued ORDER BY rowid"
    rows = target.provider.database.read(lambda connection: connection.execute(query).fetchall())
    return [msgspec.json.decode(row["opening"], type=Opening) for row in rows]


@pytest.mark.parametrize("family", ["odd_one_out", "grid"])
async def test_a_right_look_earns_a_token_that_verifies_once(
    target: PracticeRange, tmp_path: Path, family: str
) -> None:
    site = await target.add_site(families=(family,), level=1)
    solution = await worker(target, right_eye(tmp_path)).solve(order(target, sitekey=site.sitekey))
    assert solution.token.startswith("P1_")
    assert solution.response_key.startswith("E0_")
    assert solution.user_agent == USER_AGENT
    (record,) = target.provider.records.latest(site.sitekey, 100)
    assert (record.family, record.passed) == (family, True)
    verdicts = [await target.siteverify(solution.token, SECRET + "1") for _ in range(2)]
    assert [verdict["success"] for verdict in verdicts] == [True, False]


@pytest.mark.parametrize("family", ["odd_one_out", "grid"])
async def test_wrong_looks_end_as_unsolvable_after_so_many_challenges(
    target: PracticeRange, tmp_path: Path, family: str
) -> None:
    site = await target.add_site(families=(family,), level=1)
    eye = FedEye(tmp_path / "provider.sqlite", right=False)
    with pytest.raises(Unsolvable, match=f"none of {MAX_TRIES} challenges"):
        await worker(target, eye).solve(order(target, sitekey=site.sitekey))
    records = target.provider.records.latest(site.sitekey, 100)
    assert [record.passed for record in records] == [False] * MAX_TRIES


@pytest.mark.parametrize("rounds", [2, 3])
async def test_every_round_of_a_composed_challenge_is_looked_at_and_replied_to_at_once(
    target: PracticeRange, tmp_path: Path, rounds: int
) -> None:
    site = await target.add_site(rounds=rounds, level=1)
    eye = right_eye(tmp_path)
    solution = await worker(target, eye).solve(order(target, sitekey=site.sitekey))
    records = target.provider.records.latest(site.sitekey, 100)
    assert eye.questions == [record.prompt for record in records]
    assert [record.passed for record in records] == [True] * rounds
    assert solution.effort is not None
    assert solution.effort.tries == 1
    assert (await target.siteverify(solution.token, SECRET + "1"))["success"] is True


class BlindInTheSecondRound:
    """Understands every second picture only."""

    name = "half blind"
    families = frozenset({"odd_one_out", "grid"})

    def __init__(self, eye: FedEye) -> None:
        self._eye = eye
        self.looks = 0

    def recognise(self, picture: Picture, question: str) -> Recognition | None:
        self.looks += 1
        return None if self.looks % 2 == 0 else self._eye.recognise(picture, question)


async def test_a_challenge_with_a_round_that_is_not_understood_is_left(target: PracticeRange, tmp_path: Path) -> None:
    site = await target.add_site(rounds=2, level=1)
    eye = BlindInTheSecondRound(right_eye(tmp_path))
    with pytest.raises(Unsolvable):
        await worker(target, eye).solve(order(target, sitekey=site.sitekey))
    records = target.provider.records.latest(site.sitekey, 100)
    assert len({record.challenge for record in records}) == MAX_TRIES
    assert {record.reply for record in records} == {None}
    assert eye.looks == 2 * MAX_TRIES


async def test_a_round_of_a_family_that_the_recogniser_does_not_know_ends_the_task(
    target: PracticeRange, tmp_path: Path
) -> None:
    site = await target.add_site(families=("grid", "count"), rounds=2, level=1)
    eye = right_eye(tmp_path)
    with pytest.raises(FamilyUnsupported):
        await worker(target, eye).solve(order(target, sitekey=site.sitekey))
    assert eye.questions == []


@pytest.mark.parametrize("family", ["drag_to_fit", "text", "rotate_upright"])
async def test_the_classical_eye_earns_tokens_by_a_position_a_choice_and_an_angle(
    target: PracticeRange, family: str
) -> None:
    site = await target.add_site(families=(family,), level=1)
    solution = await worker(target, load_recogniser("classical")).solve(order(target, sitekey=site.sitekey))
    assert (await target.siteverify(solution.token, SECRET + "1"))["success"] is True
    assert target.provider.records.latest(site.sitekey, 1)[0].family == family


@pytest.mark.parametrize("family", sorted(FAMILIES))
async def test_a_guess_at_any_family_is_a_reply_that_the_provider_judges(target: PracticeRange, family: str) -> None:
    site = await target.add_site(families=(family,), level=1)
    with contextlib.suppress(Unsolvable):
        await worker(target, load_recogniser("random")).solve(order(target, sitekey=site.sitekey))
    assert {record.passed for record in target.provider.records.latest(site.sitekey, 100)} <= {True, False}


async def test_an_eye_that_understands_nothing_answers_nothing(target: PracticeRange) -> None:
    with pytest.raises(Unsolvable):
        await worker(target, BlindEye()).solve(order(target))
    records = target.provider.records.latest(target.site.sitekey, 100)
    assert [record.reply for record in records] == [None] * MAX_TRIES


async def test_the_orders_user_agent_is_shown_to_the_provider_and_returned(
    target: PracticeRange, tmp_path: Path
) -> None:
    solution = await worker(target, right_eye(tmp_path)).solve(order(target, user_agent="Agent/1.0 (of the order)"))
    assert solution.user_agent == "Agent/1.0 (of the order)"
    assert openings(target)[0].loaded.user_agent == "Agent/1.0 (of the order)"


@pytest.mark.parametrize(
    ("region", "address"), [(None, "127.0.0.1"), ("local", "127.0.0.1"), ("gb", "127.0.20.1"), ("sg", "127.0.50.1")]
)
async def test_the_visit_comes_from_the_orders_region(
    target: PracticeRange, tmp_path: Path, region: str | None, address: str
) -> None:
    await worker(target, right_eye(tmp_path)).solve(order(target, region=region))
    loaded = openings(target)[0].loaded
    assert (loaded.address, loaded.region) == (address, region or "local")


async def test_preflight_and_rqdata_reach_the_provider(target: PracticeRange, tmp_path: Path) -> None:
    agreed = await target.solver.preflights.arrange(target.site.sitekey)
    fields = {"preflight": agreed.preflight, "rqdata": "data", "region": agreed.region, "user_agent": agreed.user_agent}
    await worker(target, right_eye(tmp_path)).solve(order(target, **fields))
    (opening,) = openings(target)
    assert opening.preflight is not None
    assert (opening.preflight.region, opening.preflight.user_agent) == (agreed.region, agreed.user_agent)
    assert (opening.loaded.region, opening.loaded.user_agent) == (agreed.region, agreed.user_agent)
    assert opening.rqdata


async def test_a_task_without_conditions_names_none(target: PracticeRange, tmp_path: Path) -> None:
    await worker(target, right_eye(tmp_path)).solve(order(target))
    (opening,) = openings(target)
    assert (opening.preflight_named, opening.preflight, opening.rqdata) == (False, None, False)


async def test_a_kept_preflight_scores_better_than_a_broken_one(target: PracticeRange, tmp_path: Path) -> None:
    site = await target.add_site(enterprise=True, level=1)
    agreed = await target.solver.preflights.arrange(site.sitekey)
    scores = []
    for fields in ({"region": agreed.region, "user_agent": agreed.user_agent}, {"user_agent": "another"}):
        wanted = order(target, sitekey=site.sitekey, preflight=agreed.preflight, **fields)
        solution = await worker(target, right_eye(tmp_path)).solve(wanted)
        scores.append(await target.siteverify(solution.token, SECRET + "1"))
    kept, broken = scores
    assert "preflight-not-kept" not in str(kept["score_reason"])
    assert "preflight-not-kept" in str(broken["score_reason"])
    assert float(str(kept["score"])) < float(str(broken["score"]))


async def test_every_request_of_a_task_goes_through_its_proxy(target: PracticeRange, tmp_path: Path) -> None:
    seen: list[tuple[str, str]] = []

    async def proxy(scope: Scope, receive: Receive, send: Send) -> None:
        # The provider itself answers absolute-form targets, so this proxy only has to look and pass on.
        headers = dict(scope["headers"])
        seen.append((headers[b"host"].decode(), headers.get(b"proxy-authorization", b"").decode()))
        await target.provider_app(scope, receive, send)

    async with served(proxy) as url:
        port = int(url.rpartition(":")[2])
        wanted = order(target, proxy=Proxy("127.0.0.1", port, "me", "se:cret"))
        await worker(target, right_eye(tmp_path)).solve(wanted)
        await target.solver.egress.close()
    assert len(seen) == 4  # the widget, the challenge, its picture, the answer
    login = f"Basic {base64.b64encode(b'me:se:cret').decode()}"
    assert set(seen) == {(target.provider_url.removeprefix("http://"), login)}


async def test_a_proxy_that_does_not_answer_is_not_gone_around(target: PracticeRange, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for kind in ("http", "socks5"):
        with pytest.raises(ProxyRefused):
            await worker(target, right_eye(tmp_path)).solve(order(target, proxy=Proxy("127.0.0.1", port, kind=kind)))
    assert openings(target) == []


async def test_a_page_that_the_provider_does_not_know_is_a_failing_widget(
    target: PracticeRange, tmp_path: Path
) -> None:
    with pytest.raises(WidgetFailed, match="HTTP 403"):
        await worker(target, right_eye(tmp_path)).solve(order(target, page_url="http://elsewhere.example/"))


async def test_a_test_sitekey_earns_no_token_of_the_range(target: PracticeRange, tmp_path: Path) -> None:
    with pytest.raises(WidgetFailed):
        await worker(target, right_eye(tmp_path)).solve(order(target, sitekey="10000000-ffff-ffff-ffff-000000000001"))


# A provider that misbehaves in one step.

VIEW = {
    "challenge": "c",
    "family": "grid",
    "prompt": "Which?",
    "replies_with": "points",
    "points": 1,
    "picture": "/picture/p.jpg",
    "width": 1,
    "height": 1,
    "tiles": [],
    "expires_in": 120,
}
Handler = Callable[[Request], Awaitable[Response]]


def answering(content: Any, status: int = 200) -> Handler:
    async def handler(_: Request) -> Response:
        body = content if isinstance(content, bytes) else msgspec.json.encode(content)
        return Response(body, status, media_type="application/json")

    return handler


async def redirecting(_: Request) -> Response:
    return RedirectResponse("/elsewhere")


async def breaking_off(_: Request) -> Response:
    return Response(b"{}", headers={"content-length": "1000"})


def misbehaving_provider(reached: list[str], image: bytes, **steps: Handler) -> ASGIApp:
    good = {
        "check": answering({"pass": True}),
        "challenge": answering(VIEW),
        "picture": answering(image),
        "answer": answering({"pass": True, "token": "P1_x", "response_key": "E0_x", "expires_in": 120}),
        **steps,
    }

    async def elsewhere(_: Request) -> Response:
        reached.append("elsewhere")
        return JSONResponse(VIEW)

    return Starlette(
        routes=[
            Route("/checksiteconfig", good["check"], methods=["POST"]),
            Route("/getcaptcha/{sitekey}", good["challenge"], methods=["POST"]),
            Route("/picture/p.jpg", good["picture"]),
            Route("/checkcaptcha/{sitekey}/{challenge}", good["answer"], methods=["POST"]),
            Route("/elsewhere", elsewhere, methods=["GET", "POST"]),
        ]
    )


ONE_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


class AnyEye:
    """Always points somewhere."""

    name = "any"
    families = frozenset({"odd_one_out", "grid"})

    def recognise(self, picture: Picture, question: str) -> Recognition | None:
        return Recognition("grid", ((0.0, 0.0),), 0.5)


async def solve_against(app: ASGIApp) -> Any:
    egress = Egress(Fence())
    async with served(app) as url:
        link = ProviderLink(egress, url, "key")
        try:
            return await ProtocolWorker(link, Regions(), AnyEye()).solve(TokenOrder(sitekey="s", page_url=ORIGIN))
        finally:
            await egress.close()


async def test_the_misbehaving_provider_is_fine_while_it_behaves() -> None:
    assert (await solve_against(misbehaving_provider([], ONE_PIXEL))).token == "P1_x"


@pytest.mark.parametrize("step", ["check", "challenge", "picture", "answer"])
@pytest.mark.parametrize(
    "handler",
    [
        pytest.param(answering({}, 500), id="500"),
        pytest.param(answering({}, 404), id="404"),
        pytest.param(answering({"error": {"message": "busy"}}, 503), id="503 with a reason"),
        pytest.param(redirecting, id="redirect"),
        pytest.param(breaking_off, id="broken off", marks=pytest.mark.filterwarnings("ignore")),
    ],
)
async def test_a_step_that_does_not_answer_200_is_a_failing_widget(step: str, handler: Handler) -> None:
    reached: list[str] = []
    with pytest.raises(WidgetFailed):
        await solve_against(misbehaving_provider(reached, ONE_PIXEL, **{step: handler}))
    assert reached == []


@pytest.mark.parametrize("step", ["challenge", "answer"])
@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"[]", b"null", b'{"token": 1, "challenge": 1}', b"\xff", b"[" * 9_999]
)
async def test_an_answer_of_another_form_is_a_failing_widget(step: str, content: bytes) -> None:
    with pytest.raises(WidgetFailed):
        await solve_against(misbehaving_provider([], ONE_PIXEL, **{step: answering(content)}))


@pytest.mark.parametrize("content", [b"", b"<svg/>", ONE_PIXEL[:40], b"\x89PNG\r\n\x1a\n", b"GIF89a"])
async def test_a_picture_that_is_none_is_a_failing_widget(content: bytes) -> None:
    with pytest.raises(WidgetFailed):
        await solve_against(misbehaving_provider([], content))


@pytest.mark.parametrize("path", ["@8.8.8.8/p.jpg", "@169.254.169.254/", ".evil.invalid/p.jpg"])
async def test_a_picture_elsewhere_is_not_fetched(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connected: set[Any] = set()
    plain = socket.socket.connect

    def connect(opened: socket.socket, address: Any) -> None:
        connected.add(address[0])
        assert address[0] == "127.0.0.1"
        plain(opened, address)

    def refuse_names(host: Any, *_: Any, **__: Any) -> Any:
        raise socket.gaierror(f"{host} is not looked up")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", refuse_names)
    with pytest.raises(WidgetFailed):
        await solve_against(misbehaving_provider([], ONE_PIXEL, challenge=answering({**VIEW, "picture": path})))
    assert connected == {"127.0.0.1"}


async def test_a_provider_that_is_not_there_is_a_failing_widget() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    egress = Egress(Fence())
    with pytest.raises(WidgetFailed, match="could not be reached"):
        await ProviderLink(egress, url, "key").site("x")
    await egress.close()


async def test_a_passive_site_gives_its_token_without_a_look(target: PracticeRange) -> None:
    site, _ = await register(target.provider, mode="passive")
    solution = await worker(target, BlindEye()).solve(order(target, sitekey=site.sitekey))
    assert solution.token.startswith("P1_")
    assert openings(target) == []
