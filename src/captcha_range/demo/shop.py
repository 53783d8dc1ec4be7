"""The demonstration's shop: one page with the widget, on a free port of loopback."""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

_PAGE: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Register</title>
<style>
  body { margin: 0; background: #f4f6f8; color: #17202a; font: 17px/1.5 system-ui, sans-serif; }
  main { max-width: 30rem; margin: 3rem auto; padding: 2rem; background: #fff; border-radius: 12px; }
  h1 { margin: 0 0 1rem; font-size: 1.5rem; }
</style>
<main><h1>Register at the shop</h1>
<form><div class="h-captcha" data-sitekey="%s"></div></form></main>
<script src="%s/1/api.js" async></script>"""


class Shop:
    """A registered site's server. It has one page, at every path."""

    def __init__(self, server: "_Server") -> None:
        self._server = server

    @property
    def origin(self) -> str:
        """Where it listens, by a name of this machine's own."""
        return f"http://shop.localhost:{self._server.server_address[1]}"

    def show(self, sitekey: str, provider_url: str) -> None:
        """Put the widget of this sitekey into the page."""
        self._server.page = (_PAGE % (sitekey, provider_url)).encode()


@contextlib.contextmanager
def open_shop() -> Iterator[Shop]:
    """A shop that is open for as long as the context lasts."""
    with _Server(("127.0.0.1", 0), _Pages) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Shop(server)
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    page = b""


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, _Server)  # noqa: S101 - it is made with this class only
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(self.server.page)))
        self.end_headers()
        self.wfile.write(self.server.page)

    def log_message(self, *_: Any) -> None:
        """Quiet."""
