"""The leak canary: before the browser may work, a page tries to get out past the gate, and must not.

"Outside" is played by a loopback address that the canary's own gate refuses, so that nothing has to leave
the machine to find a leak.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Final

from captcha_range.core.errors import RangeError
from captcha_range.solver.browser_gateway import Gateway, Pass
from captcha_range.solver.workers.chromium import Chromium

HOME: Final = "127.0.0.1"
OUTSIDE: Final = "127.0.99.1"
_PATIENCE = 15.0
"""Seconds until the page must have tried everything."""

_PAGE: Final = """<!doctype html><title>leak canary</title><img src="http://%(out)s/img">
<link rel="preconnect" href="http://%(out)s"><link rel="prefetch" href="http://%(out)s/prefetch">
<link rel="stylesheet" href="http://%(out)s/style.css"><iframe src="http://%(out)s/frame"></iframe>
<script>
const out = "%(out)s", never = () => {}, ends = [];
const attempt = (way) => { try { ends.push(Promise.resolve(way()).catch(never)); } catch { /* refused is fine */ } };
const until = (target, ...names) => new Promise((end) => names.forEach((name) => target.addEventListener(name, end)));
attempt(() => fetch(`http://${out}/fetch`, { mode: "no-cors" }));
attempt(() => fetch(`https://${out}/tls`, { mode: "no-cors" }));
attempt(() => navigator.sendBeacon(`http://${out}/beacon`, "x"));
attempt(() => until(new WebSocket(`ws://${out}/socket`), "error", "close", "open"));
attempt(() => until(new EventSource(`http://${out}/events`), "error", "open"));
attempt(async () => {
  const peer = new RTCPeerConnection({ iceServers: [{ urls: `stun:${out}` }] });
  peer.createDataChannel("x");
  await peer.setLocalDescription();
  await Promise.race([until(peer, "icegatheringstatechange"), new Promise((end) => setTimeout(end, 500))]);
});
Promise.all(ends).then(() => new Promise((end) => setTimeout(end, 200))).then(() => fetch("/done"));
</script>
"""


class LeakFound(RangeError):
    """The browser reached an address that its gate refuses, so the browser worker does not run."""

    code = "leak_found"


class CanarySilent(LeakFound):
    """The canary page did not report, so nobody knows whether the browser leaks; the browser worker does not run."""

    code = "canary_silent"


class _HomeOnly:
    def contains(self, address: str) -> bool:
        return address == HOME


class _Outside(asyncio.DatagramProtocol):
    """Whatever arrives here has got past the gate."""

    def __init__(self) -> None:
        self.hits: list[str] = []

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.hits.append("udp")

    def accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.hits.append("tcp")
        writer.close()


async def send_canary(chromium: Chromium) -> None:
    """Let a page try every way of a short list. LeakFound, CanarySilent."""
    done = asyncio.Event()
    async with _listening() as (outside, port), _serving(f"{OUTSIDE}:{port}", done) as url:
        async with chromium.tab(Pass(), gateway=Gateway(_HomeOnly())) as tab:
            await tab.page.goto(url, wait_until="commit")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), _PATIENCE)
        if outside.hits:
            raise LeakFound(f"the canary page got out past the gate ({', '.join(sorted(set(outside.hits)))})")
        if not done.is_set():
            raise CanarySilent


@contextlib.asynccontextmanager
async def _listening() -> AsyncIterator[tuple[_Outside, int]]:
    outside = _Outside()
    server = await asyncio.start_server(outside.accepted, OUTSIDE, 0)
    port = server.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: outside, (OUTSIDE, port), family=socket.AF_INET)
    try:
        yield outside, port
    finally:
        transport.close()
        server.close()


@contextlib.asynccontextmanager
async def _serving(outside: str, done: asyncio.Event) -> AsyncIterator[str]:
    """The URL of the canary page."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        unread = (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError)
        with contextlib.suppress(*unread), contextlib.closing(writer):
            line = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0]
            is_page = line.startswith(b"GET / ")
            body = (_PAGE % {"out": outside}).encode() if is_page else b""
            if line.startswith(b"GET /done "):
                done.set()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n")
            writer.write(b"content-length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()

    server = await asyncio.start_server(answer, HOME, 0)
    try:
        yield f"http://{HOME}:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()
