"""The handlers of the stage: scenarios, what is staged, and namespaces. Parse, one call, render."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from captcha_range.core.bodies import decode_json, read_body
from captcha_range.provider.magic_keys import MAGIC_SECRET, magic_sitekey, magic_token
from captcha_range.provider.namespaces import NamespaceOrder
from captcha_range.provider.plane import Provider
from captcha_range.provider.scenarios import SCENARIOS, SITEVERIFY, Scenario
from captcha_range.provider.sites import SiteUnknown
from captcha_range.provider.stagings import StagingOrder

_encode = msgspec.json.Encoder().encode


class ClockMove(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far to move a clock: forwards only, at most ten years."""

    advance_seconds: float

    def __post_init__(self) -> None:
        if not 0 <= self.advance_seconds <= 10 * 366 * 86_400:
            raise ValueError("advance_seconds: must be 0 … 316224000; a clock only moves forwards")


class StageHandlers:
    """The handlers behind `/admin/scenarios`, `/admin/stagings` and `/admin/namespaces`."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def list_scenarios(self, _: Request) -> Response:
        return _json({"magic_secret": MAGIC_SECRET, "scenarios": [_described(each) for each in SCENARIOS]})

    async def list_stagings(self, _: Request) -> Response:
        return _json({"stagings": self._provider.stagings.all()})

    async def stage(self, request: Request) -> Response:
        order = decode_json(await read_body(request.receive), StagingOrder)
        if order.sitekey is not None and self._provider.sites.find(order.sitekey) is None:
            raise SiteUnknown("sitekey: no such site")
        if order.namespace is not None:
            self._provider.namespaces.find(order.namespace)
        staging = self._provider.stagings.add(order)
        facts = {"scenario": staging.scenario, "sitekey": staging.sitekey, "namespace": staging.namespace}
        await self._provider.calls.note("ScenarioStaged", staging.id, facts)
        return _json({"staging": staging}, 201)

    async def take_handshake(self, _: Request) -> Response:
        playing = self._provider.stagings.take_handshake()
        if playing is None:
            return _json({"fault": None})
        name = playing.scenario.name
        facts = {"call": SITEVERIFY, "sitekey": None, "scenario": name, "why": f"the scenario {name} was staged"}
        await self._provider.calls.note("ScenarioPlayed", SITEVERIFY, facts)
        return _json({"fault": playing.scenario.fault})

    async def end(self, request: Request) -> Response:
        self._provider.stagings.end(request.path_params["staging"])
        return Response(status_code=204)

    async def clear(self, request: Request) -> Response:
        self._provider.stagings.clear()
        return Response(status_code=204)

    async def list_namespaces(self, _: Request) -> Response:
        return _json({"namespaces": self._provider.namespaces.all()})

    async def add_namespace(self, request: Request) -> Response:
        order = decode_json(await read_body(request.receive) or b"{}", NamespaceOrder)
        return _json({"namespace": await self._provider.namespaces.add(order)}, 201)

    async def remove_namespace(self, request: Request) -> Response:
        await self._provider.remove(request.path_params["namespace"])
        return Response(status_code=204)

    async def advance_clock(self, request: Request) -> Response:
        move = decode_json(await read_body(request.receive), ClockMove)
        name = request.path_params["namespace"]
        return _json({"now": await self._provider.namespaces.advance(name, move.advance_seconds)})

    async def reset(self, request: Request) -> Response:
        await self._provider.reset(request.path_params["namespace"])
        return Response(status_code=204)


def _described(scenario: Scenario) -> dict[str, Any]:
    """A scenario as its user knows it: what it shows, and its magic keys."""
    magic = {"sitekey": magic_sitekey(scenario)}
    if scenario.at == SITEVERIFY:
        magic["token"] = magic_token(scenario)
    return {"scenario": scenario.name, "at": scenario.at, "shows": scenario.shows, **magic}


def _json(content: Any, status: int = 200) -> Response:
    return Response(_encode(content), status_code=status, media_type="application/json")
