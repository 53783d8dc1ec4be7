"""Ways out of a browser that a page may try, and who gets out.

"Outside" is a loopback address that the test's fence leaves out, with one port per vector, so that nothing
ever leaves the machine. `python -m tests.browser.leak_vectors` prints the table.
"""

import asyncio
import contextlib
import ipaddress
import os
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Final, NamedTuple
from unittest import mock

from playwright.async_api import Page, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from captcha_range.core import lab_nets
from captcha_range.core.lab_nets import Fence
from captcha_range.solver.browser_gateway import Gateway, Pass
from captcha_range.solver.workers.chromium import NAMES, Chromium
from tests.served import served

HOME: Final = "127.0.0.1"
OUTSIDE: Final = "127.0.99.1"
REBOUND: Final = "rebound.test"
"""A name of the site's own origins, which its resolver points inside and outside."""
STRAGGLERS: Final = 1_500
"""Milliseconds after the last page has loaded."""

FRAMED: Final[dict[str, str]] = {
    "img": "<img src=URL>",
    "img srcset": "<img srcset='URL 1x'>",
    "picture source": "<picture><source srcset=URL><img></picture>",
    "input image": "<input type=image src=URL>",
    "body background": "<body background=URL>",
    "script": "<script src=URL></script>",
    "module script": "<script type=module src=URL></script>",
    "import()": "<script>import('URL').catch(() => {})</script>",
    "importmap": '<script type=importmap>{"imports":{"x":"URL"}}</script><script type=module>import "x"</script>',
    "stylesheet": "<link rel=stylesheet href=URL>",
    "css @import": "<style>@import 'URL';</style>",
    "css url()": "<style>body { background: url(URL) }</style>",
    "css image-set()": "<style>body { background: image-set('URL' 1x) }</style>",
    "css mask": "<style>p { mask-image: url(URL) }</style><p>x",
    "font": "<style>@font-face { font-family: x; src: url(URL) } p { font-family: x }</style><p>x",
    "fetch": "<script>fetch('URL').catch(() => {})</script>",
    "fetch keepalive": "<script>fetch('URL', {method: 'POST', keepalive: true}).catch(() => {})</script>",
    "fetch https": "<script>fetch('https://HOSTPORT/').catch(() => {})</script>",
    "XMLHttpRequest": "<script>var x = new XMLHttpRequest(); x.open('GET', 'URL'); x.send()</script>",
    "sendBeacon": "<script>navigator.sendBeacon('URL', 'x')</script>",
    "WebSocket": "<script>new WebSocket('ws://HOSTPORT/')</script>",
    "WebSocket tls": "<script>new WebSocket('wss://HOSTPORT/')</script>",
    "EventSource": "<script>new EventSource('URL')</script>",
    "WebTransport": "<script>new WebTransport('https://HOSTPORT/').ready.catch(() => {})</script>",
    "WebRTC stun": "<script>RTC('stun:HOSTPORT')</script>",
    "WebRTC turn udp": "<script>RTC('turn:HOSTPORT?transport=udp')</script>",
    "WebRTC turn tcp": "<script>RTC('turn:HOSTPORT?transport=tcp')</script>",
    "form post": "<form method=post action=URL><input name=x></form><script>document.forms[0].submit()</script>",
    "form get": "<form action=URL><input name=x></form><script>document.forms[0].submit()</script>",
    "meta refresh": "<meta http-equiv=refresh content='0;url=URL'>",
    "location": "<script>location.href = 'URL'</script>",
    "redirect 301 of an image": "<img src='/redirect/301?URL'>",
    "redirect 302 of a frame": "<iframe src='/redirect/302?URL'></iframe>",
    "redirect 307 of a fetch": "<script>fetch('/redirect/307?URL').catch(() => {})</script>",
    "redirect 308 of a script": "<script src='/redirect/308?URL'></script>",
    "iframe": "<iframe src=URL></iframe>",
    "iframe srcdoc": "<iframe srcdoc='<img src=URL>'></iframe>",
    "iframe sandboxed": "<iframe sandbox srcdoc='<img src=URL>'></iframe>",
    "data: document": "<iframe src='data:text/html,<img src=URL>'></iframe>",
    "blob: document": "<script>document.write(`<iframe src=${blob('<img src=URL>', 'text/html')}></iframe>`)</script>",
    "object": "<object data=URL></object>",
    "embed": "<embed src=URL>",
    "prefetch": "<link rel=prefetch href=URL>",
    "preconnect": "<link rel=preconnect href=URL>",
    "preload": "<link rel=preload as=image href=URL>",
    "modulepreload": "<link rel=modulepreload href=URL>",
    "speculation rules": '<script type=speculationrules>{"prefetch":[{"source":"list","urls":["URL"]}]}</script>',
    "worker": "<script>new Worker(blob('fetch(`URL`).catch(() => {})'))</script>",
    "importScripts": "<script>new Worker(blob('importScripts(`URL`)'))</script>",
    "shared worker": "<script>new SharedWorker(blob('fetch(`URL`).catch(() => {})'))</script>",
    "service worker": "<script>navigator.serviceWorker.register('/service-worker.js?URL').catch(() => {})</script>",
    "paint worklet": "<script>CSS.paintWorklet.addModule('URL').catch(() => {})</script>",
    "ping": "<a ping=URL href='#x'>x</a><script>document.links[0].click()</script>",
    "video": "<video src=URL preload=auto></video>",
    "video poster": "<video poster=URL></video>",
    "audio": "<audio src=URL preload=auto></audio>",
    "track": "<video src='/silence' crossorigin=anonymous><track default src=URL></video><script>"
    "document.querySelector('track').track.mode = 'showing'</script>",
    "svg image": "<svg><image href=URL></image></svg>",
    "svg use": "<svg><use href='URL#x'></use></svg>",
    "svg feImage": "<svg><filter id=f><feImage href=URL /></filter><rect width=9 height=9 filter='url(#f)'/></svg>",
    "CSP report-uri": "<img src=data:,>",
    "manifest": "<link rel=manifest href=URL>",
    "favicon": "<link rel=icon href=URL>",
    "ftp": "<iframe src='ftp://HOSTPORT/'></iframe>",
    "decimal address": "<img src='http://DECIMAL/'>",
    "hexadecimal address": "<img src='http://HEX/'>",
    "short address": "<img src='http://SHORT/'>",
    "mapped IPv6 address": "<img src='http://MAPPED/'>",
    "user part": "<img src='http://127.0.0.1@HOSTPORT/'>",
    "name outside": "<img src='http://NIP/'>",
    "name outside, WebSocket": "<script>new WebSocket('ws://NIP/')</script>",
    "name outside, trailing dot": "<img src='http://NIPDOT/'>",
    "name of the site, rebound": "<img src='http://REBOUND/'>",
    "dns-prefetch": "<link rel=dns-prefetch href='http://NIP/'>",
}
"""By name, what a frame holds that tries it. The words in capitals become addresses outside."""

WHOLE_PAGE: Final[dict[str, str]] = {
    "top-level location": "<script>location.href = 'URL'</script>",
    "top-level meta refresh": "<meta http-equiv=refresh content='0;url=URL'>",
    "top-level redirect": "<script>location.href = '/redirect/302?URL'</script>",
    "window.open": "<script>open('URL')</script>",
    "window.open without opener": "<script>open('URL', '_blank', 'noopener')</script>",
}
"""The same for whole pages."""

GUARDED_ONLY: Final[dict[str, str]] = {
    "cloud metadata": "<img src='http://169.254.169.254/'>",
    "unspecified address": "<img src='http://0.0.0.0:PORT/'>",
    "unspecified IPv6 address": "<img src='http://[::]:PORT/'>",
}
"""Tried with the controls only: without them the first would leave the machine."""

_PATHS: Final = ("/all", *(f"/page/{name}" for name in WHOLE_PAGE))
_LISTENS_AT: Final = {"unspecified address": HOME, "unspecified IPv6 address": "::1"}
"""Where a connection to the unspecified address would arrive."""

_TOOLS: Final = """<!doctype html><script>
const blob = (text, type = "text/javascript") => URL.createObjectURL(new Blob([text], { type }));
const RTC = async (urls) => {
  const peer = new RTCPeerConnection({ iceServers: [{ urls, username: "x", credential: "x" }] });
  peer.createDataChannel("x");
  await peer.setLocalDescription();
};
</script>"""


class Outcome(NamedTuple):
    """Which vectors got out, and what the gate saw of them: names looked up, addresses refused."""

    hits: dict[str, int]
    looked_up: list[str]
    refused: int

    @property
    def out(self) -> list[str]:
        return [name for name, count in self.hits.items() if count]


class _Listener(asyncio.DatagramProtocol):
    """Counts whatever arrives at one vector's port outside."""

    def __init__(self) -> None:
        self.hits = 0

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.hits += 1

    async def accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.hits += 1
        writer.write(b"HTTP/1.1 200 OK\r\naccess-control-allow-origin: *\r\ncontent-length: 0\r\n\r\n")
        writer.close()


class _Watched:
    """The fence, counting its refusals."""

    def __init__(self) -> None:
        self._fence = Fence()
        self.refused = 0

    def contains(self, address: str) -> bool:
        is_inside = self._fence.contains(address)
        self.refused += not is_inside
        return is_inside


def filled(snippet: str, port: int) -> str:
    """A vector's document with its addresses."""
    number = int.from_bytes(socket.inet_aton(OUTSIDE), "big")
    words = {
        "DECIMAL": f"{number}:{port}",
        "HEX": f"{number:#x}:{port}",
        "SHORT": f"127.25345:{port}",
        "MAPPED": f"[::ffff:{OUTSIDE}]:{port}",
        "NIPDOT": f"{OUTSIDE}.nip.test.:{port}",
        "NIP": f"{OUTSIDE}.nip.test:{port}",
        "REBOUND": f"{REBOUND}:{port}",
        "HOSTPORT": f"{OUTSIDE}:{port}",
        "URL": f"http://{OUTSIDE}:{port}/",
        "PORT": str(port),
    }
    for word, address in words.items():
        snippet = snippet.replace(word, address)
    return snippet


async def with_controls() -> Outcome:
    """Who gets out of the browser worker's Chromium, with a fence of one address."""
    looked_up: list[str] = []

    async def resolve(name: str) -> list[str]:
        looked_up.append(name)
        return [HOME, OUTSIDE]

    with _narrow_fence():
        fence = _Watched()
        chromium = Chromium(Gateway(fence, resolve))
        vectors = {**FRAMED, **WHOLE_PAGE, **GUARDED_ONLY}
        async with _listening(vectors) as listeners, _shop(vectors, listeners) as shop:
            await chromium.start()
            for path in _PATHS:
                async with chromium.tab(Pass(names=frozenset({REBOUND}))) as (_, _, page):
                    await _visit(page, shop + path)
            await chromium.stop()
    return Outcome(_hits(listeners), looked_up, fence.refused)


async def without_controls() -> Outcome:
    """Who gets out of the same Chromium as Playwright starts it. Names outside are mapped to `OUTSIDE`."""
    rules = f"MAP *.nip.test {OUTSIDE}, MAP *.nip.test. {OUTSIDE}, MAP {REBOUND} {OUTSIDE}, MAP *.* ~NOTFOUND"
    vectors = {**FRAMED, **WHOLE_PAGE}
    async with _listening(vectors) as listeners, _shop(vectors, listeners) as shop, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, NAMES))),
            chromium_sandbox=os.geteuid() != 0,
            args=[f"--host-resolver-rules={rules}, EXCLUDE 127.0.0.1, EXCLUDE {OUTSIDE}"],
        )
        for path in _PATHS:
            context = await browser.new_context()
            await _visit(await context.new_page(), shop + path)
            await context.close()
        await browser.close()
    return Outcome(_hits(listeners), [], 0)


@contextlib.contextmanager
def _narrow_fence() -> Iterator[None]:
    with mock.patch.object(lab_nets, "LAB_NETS", (ipaddress.ip_network(f"{HOME}/32"),)):
        yield


async def _visit(page: Page, url: str) -> None:
    await page.goto(url, wait_until="commit")
    with contextlib.suppress(Exception):
        await page.wait_for_load_state("load", timeout=10_000)
    await page.wait_for_timeout(STRAGGLERS)


def _hits(listeners: dict[str, tuple[_Listener, int]]) -> dict[str, int]:
    return {name: listener.hits for name, (listener, _) in listeners.items()}


@contextlib.asynccontextmanager
async def _listening(vectors: dict[str, str]) -> AsyncIterator[dict[str, tuple[_Listener, int]]]:
    """A listener outside for each vector, on a port of its own: TCP and UDP."""
    async with contextlib.AsyncExitStack() as stack:
        found = {}
        for name in vectors:
            listener = _Listener()
            own = _LISTENS_AT.get(name, OUTSIDE)
            server = await asyncio.start_server(listener.accepted, own, 0)
            stack.callback(server.close)
            port = server.sockets[0].getsockname()[1]
            loop = asyncio.get_running_loop()
            transport, _ = await loop.create_datagram_endpoint(lambda each=listener: each, (own, port))  # type: ignore[misc]
            stack.callback(transport.close)
            found[name] = (listener, port)
        yield found


@contextlib.asynccontextmanager
async def _shop(vectors: dict[str, str], listeners: dict[str, tuple[_Listener, int]]) -> AsyncIterator[str]:
    """The page's server, inside."""

    def document(name: str) -> Response:
        port = listeners[name][1]
        policy = f"img-src 'none'; report-uri http://{OUTSIDE}:{port}/" if name == "CSP report-uri" else ""
        headers = {"content-security-policy": policy} if policy else {}
        return HTMLResponse(_TOOLS + filled(vectors[name], port), headers=headers)

    async def everything(request: Request) -> Response:
        names = [name for name in vectors if name not in WHOLE_PAGE]
        return HTMLResponse("<!doctype html>" + "".join(f"<iframe src='/page/{name}'></iframe>" for name in names))

    async def one(request: Request) -> Response:
        return document(request.path_params["name"])

    async def redirect(request: Request) -> Response:
        return Response(status_code=request.path_params["status"], headers={"location": request.url.query})

    async def service_worker(request: Request) -> Response:
        source = f"oninstall = (event) => event.waitUntil(fetch('{request.url.query}').catch(() => {{}}))"
        return Response(source, media_type="text/javascript")

    async def silence(request: Request) -> Response:
        return Response(status_code=204)

    routes = [
        Route("/all", everything),
        Route("/page/{name:path}", one),
        Route("/redirect/{status:int}", redirect),
        Route("/service-worker.js", service_worker),
        Route("/{other:path}", silence),
    ]
    async with served(Starlette(routes=routes)) as url:
        yield url


async def _print_table() -> None:
    guarded, open_ = await with_controls(), await without_controls()
    print("| vector | with the controls | without |\n|---|---|---|")
    for name, count in guarded.hits.items():
        print(f"| {name} | {count} | {open_.hits.get(name, '(not tried)')} |")
    print(f"\nout with the controls: {len(guarded.out)} of {len(guarded.hits)}; refused by the gate: {guarded.refused}")
    print(f"names looked up: {sorted(set(guarded.looked_up))}")
    print(f"out without: {len(open_.out)} of {len(open_.hits)}")


if __name__ == "__main__":
    asyncio.run(_print_table())
