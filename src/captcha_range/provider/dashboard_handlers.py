"""The handlers of the dashboard: its files, its key, and what it shows beside what the admin API had already."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from captcha_range.challenges.family import LEVELS, Family
from captcha_range.core.bodies import decode_json, read_body
from captcha_range.provider import dashboard
from captcha_range.provider.plane import Provider

_encode = msgspec.json.Encoder().encode
_BEARER = "bearer "


class TicketOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is given for the admin key."""

    ticket: str


class DashboardHandlers:
    """The handlers behind `/dashboard`, `/admin/families`, `/admin/overview` and `/admin/tickets`."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def page(self, request: Request) -> Response:
        return Response(dashboard.PAGE, media_type="text/html", headers=dashboard.HEADERS)

    async def file(self, request: Request) -> Response:
        file = dashboard.FILES.get(request.path_params["file"])
        if file is None:
            return _json({"success": False, "error": {"code": "file_unknown", "message": "no such file"}}, 404)
        return Response(file.content, media_type=file.media_type, headers=dashboard.HEADERS)

    async def redeem(self, request: Request) -> Response:
        order = decode_json(await read_body(request.receive), TicketOrder)
        return _json({"key": self._provider.tickets.redeem(order.ticket)})

    async def issue_ticket(self, request: Request) -> Response:
        key = request.headers["authorization"][len(_BEARER) :].strip()
        return _json({"ticket": self._provider.tickets.issue(key)}, 201)

    async def families(self, request: Request) -> Response:
        await self._provider.issued.get_ready()
        return _json({"families": [_described(each) for each in self._provider.issued.families.values()]})

    async def overview(self, request: Request) -> Response:
        return _json({"now": self._provider.clock.now(), "planes": self._provider.overview.now()})


def _described(family: Family) -> dict[str, Any]:
    """A family as its visitors and its blind guessers meet it."""
    levels = [{"level": level, "floor": family.floor(level)} for level in LEVELS]
    return {"family": family.name, "replies_with": family.replies_with, "levels": levels}


def _json(content: Any, status: int = 200) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(_encode(content), status_code=status, media_type="application/json", headers=headers)
