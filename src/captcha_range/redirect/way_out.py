"""Where a connection through the run's proxy ends: at the range, at its own target, or nowhere."""

import asyncio
import ssl
from typing import NamedTuple

from captcha_range.lab_proxy.gate import Streams, TargetRefused, TargetUnreachable
from captcha_range.redirect.names import ZONE, NameInvalid, is_loopback, is_redirected, plain_name
from captcha_range.redirect.sightings import Sightings

_SECONDS = 20


class FrontPorts(NamedTuple):
    """Where the front listens on 127.0.0.1: with TLS and without."""

    tls: int
    plain: int


class WayOut:
    """Opens the connections of a run. hcaptcha.com leads to the front; others pass, or are refused when sealed."""

    def __init__(self, front: FrontPorts, sightings: Sightings, *, sealed: bool) -> None:
        self._front = front
        self._sightings = sightings
        self._sealed = sealed
        self._trusted = ssl.create_default_context()

    async def connect(self, host: str, port: int) -> Streams:
        """TargetRefused, TargetUnreachable."""
        return await self._connect(host, port, self._front, tls=None)

    async def connect_with_tls(self, host: str, port: int) -> Streams:
        """For clients that hand a proxy https in the clear, as axios does. TargetRefused, TargetUnreachable."""
        return await self._connect(host, port, self._front._replace(tls=self._front.plain), tls=self._trusted)

    async def _connect(self, host: str, port: int, front: FrontPorts, tls: ssl.SSLContext | None) -> Streams:
        try:
            name = plain_name(host)
        except NameInvalid:
            raise TargetUnreachable(f"{host!r} is not the name of anything") from None
        if is_redirected(name):
            return await self._to_front(name, port, front)
        if is_loopback(name):
            return await _open("localhost" if name.endswith(".localhost") else name, port, tls)
        where = f"{name}:{port}"
        if self._sealed:
            self._sightings.refused[where] += 1
            raise TargetRefused(f"{where}: the run is sealed; only {ZONE}, which the range answers, and loopback")
        self._sightings.passed[where] += 1
        return await _open(name, port, tls)

    async def _to_front(self, name: str, port: int, front: FrontPorts) -> Streams:
        ports = {443: front.tls, 80: front.plain}
        if port not in ports:
            self._sightings.unknown[f"{name}:{port}"] += 1
            raise TargetRefused(f"{name}:{port}: the range answers {ZONE} on ports 80 and 443 only")
        return await _open("127.0.0.1", ports[port])


async def _open(host: str, port: int, tls: ssl.SSLContext | None = None) -> Streams:
    try:
        async with asyncio.timeout(_SECONDS):
            return Streams(*await asyncio.open_connection(host, port, ssl=tls))
    except (OSError, OverflowError) as error:
        raise TargetUnreachable(f"{host}:{port} could not be reached: {type(error).__name__}") from None
