"""Offers to go on in another protocol, which a server may pass over (RFC 9110 §7.8).

Java's own client offers HTTP/2 with every request over http. httptools ends such a request with its head: the body is
lost, and then taken for the next request.
"""

import asyncio
from typing import Any

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

_TUNNEL = b"CONNECT"


class _Parser(httptools.HttpRequestParser):
    """Reads on where httptools stops for an offer."""

    def __init__(self, protocol: "SteadyProtocol") -> None:
        super().__init__(protocol)
        self._protocol = protocol

    def feed_data(self, data: Any) -> None:
        while data:
            try:
                super().feed_data(data)
            except httptools.HttpParserUpgrade as stopped:
                if not self._protocol.is_offered():
                    raise
                data = self._protocol.without_offer() + data[stopped.args[0] :]
            else:
                return


class SteadyProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 protocol, to which a request with an offer is the same request without it."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.parser = _Parser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)

    def without_offer(self) -> bytes:
        """The head that was just read, less the offer."""
        target = [self.parser.get_method(), self.url, b"HTTP/" + self.parser.get_http_version().encode()]
        kept = [b"%s: %s" % (name, value) for name, value in self.headers if name != b"upgrade"]
        return b"\r\n".join([b" ".join(target), *kept, b"", b""])

    def on_headers_complete(self) -> None:
        if not self.is_offered():
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        if not self.is_offered():
            super().on_message_complete()

    def is_offered(self) -> bool:
        """Whether the request that is being read comes with an offer."""
        # To the parser a tunnel is an upgrade too.
        return self.parser.should_upgrade() and self.parser.get_method() != _TUNNEL
