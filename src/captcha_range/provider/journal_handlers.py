"""The handlers of the journal: read it in pages, follow it as it is written, export it whole."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from captcha_range.core import journal
from captcha_range.core.bodies import BodyInvalid
from captcha_range.core.traces import TRACE
from captcha_range.provider.plane import Provider

PAGE = 1_000
PERIOD = 0.2
"""Seconds between two looks at the journal's end, which is a look-up of one row."""
QUIET = 75
"""Looks without news after which a comment keeps the connection alive."""

_encode = msgspec.json.Encoder().encode


class JournalHandlers:
    """The handlers behind `/admin/journal`."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def read(self, request: Request) -> Response:
        after = count(request, "after", default=0, most=2**53)
        limit = count(request, "limit", default=100, most=PAGE)
        last = count(request, "last", default=0, most=PAGE)
        if last:
            found, reached = self._search(
                self._wanted(request), max(after, self._end() - journal.SCANNED), journal.SCANNED
            )
            found = found[-last:]
        else:
            found, reached = self._search(self._wanted(request), after, limit)
        return Response(_encode({"entries": found, "after": reached}), media_type="application/json")

    async def export(self, request: Request) -> Response:
        wanted, after = self._wanted(request), count(request, "after", default=0, most=2**53)
        return StreamingResponse(self._lines(wanted, after), media_type="application/x-ndjson")

    async def tail(self, request: Request) -> Response:
        wanted = self._wanted(request)
        last = request.headers.get("last-event-id", "")
        known = int(last) if last.isascii() and last.isdigit() and len(last) < 17 else self._end()
        after = count(request, "after", default=known, most=2**53)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(self._follow(wanted, after), media_type="text/event-stream", headers=headers)

    async def _lines(self, wanted: journal.Filter, after: int) -> AsyncIterator[bytes]:
        reached = -1
        while reached != after:
            reached, (found, after) = after, self._search(wanted, after, PAGE)
            yield b"".join(_encode(entry) + b"\n" for entry in found)
            await asyncio.sleep(0)  # between two pages everybody else has a turn

    async def _follow(self, wanted: journal.Filter, after: int) -> AsyncIterator[bytes]:
        yield b": the journal\n\n"
        quiet = 0
        while True:
            if self._end() > after:
                found, after = self._search(wanted, after, PAGE)
                for entry in found:
                    yield b"id: %d\ndata: %b\n\n" % (entry.number, _encode(entry))
                quiet = 0 if found else quiet
                continue
            await asyncio.sleep(PERIOD)
            quiet += 1
            if quiet % QUIET == 0:
                yield b": still here\n\n"

    def _search(self, wanted: journal.Filter, after: int, limit: int) -> tuple[list[journal.Entry], int]:
        return self._provider.database.read(lambda c: journal.search(c, wanted, after, limit))

    def _end(self) -> int:
        return self._provider.database.read(journal.end)

    def _wanted(self, request: Request) -> journal.Filter:
        """The filter that a query string describes. NamespaceUnknown."""
        query = request.query_params
        sitekeys: tuple[str, ...] | None = None
        if "namespace" in query:
            self._provider.namespaces.find(query["namespace"])
            sitekeys = tuple(site.sitekey for site in self._provider.sites.of_namespace(query["namespace"]))
        if "sitekey" in query:
            sitekey = query["sitekey"].lower()
            sitekeys = (sitekey,) if sitekeys is None or sitekey in sitekeys else ()
        return journal.Filter(
            event=query.get("event"),
            call=query.get("call"),
            code=query.get("code"),
            scenario=query.get("scenario"),
            trace=_trace(query.get("trace")),
            sitekeys=sitekeys,
        )


def _trace(trace: str | None) -> str | None:
    if trace is not None and not TRACE.fullmatch(trace):
        raise BodyInvalid("trace: must be 32 hexadecimal digits in lower case, as X-Trace-Id has them")
    return trace


def count(request: Request, name: str, *, default: int, most: int) -> int:
    """A whole number of the query string. BodyInvalid names it if it is none."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 16 or int(text) > most:
        raise BodyInvalid(f"{name}: must be a whole number, 0 … {most}")
    return int(text)
