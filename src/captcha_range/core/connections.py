"""The connection behind a request, for those who must break it on purpose.

ASGI has no way to end a connection without an answer. `BreakableProtocol` hands the transport on in the scope's
extensions; under a server without it, `reset` and `close` say that they could not.
"""

import os
import socket
import struct
from typing import Any

from starlette.types import Scope

from captcha_range.core.upgrades import SteadyProtocol

EXTENSION = "captcha_range.transport"
_AT_ONCE = struct.pack("ii", 1, 0)


class BreakableProtocol(SteadyProtocol):
    """uvicorn's HTTP/1.1 protocol, whose requests know their transport."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {EXTENSION: self.transport}  # type: ignore[dict-item]


def reset(scope: Scope) -> bool:
    """Drop the connection with a TCP RST; False if this server does not hand it on."""
    transport = _transport(scope)
    if transport is None:
        return False
    # Closing a socket that lingers for no time at all is how a program sends RST. The event loop's own handle of
    # the socket may not set options; a duplicate is the same socket.
    with socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as same:
        same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()
    return True


def close(scope: Scope) -> bool:
    """Close the connection once what was written is sent; False if this server does not hand it on."""
    transport = _transport(scope)
    if transport is None:
        return False
    transport.close()
    return True


def _transport(scope: Scope) -> Any:
    return (scope.get("extensions") or {}).get(EXTENSION)
