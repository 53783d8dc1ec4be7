"""The SOCKS5 side of a lab proxy: CONNECT only (RFC 1928), with or without a login (RFC 1929)."""

import asyncio
import ipaddress

from captcha_range.lab_proxy.gate import Opener, Streams, TargetRefused, TargetUnreachable
from captcha_range.lab_proxy.login import Login

VERSION = 5
NO_LOGIN, WITH_LOGIN, NO_METHOD = 0, 2, 0xFF
CONNECT = 1
IPV4, NAME, IPV6 = 1, 3, 4
SUCCEEDED, NOT_ALLOWED, UNREACHABLE, COMMAND_UNKNOWN, ADDRESS_KIND_UNKNOWN = 0, 2, 4, 7, 8

_NOWHERE = bytes([IPV4]) + bytes(6)
"""The bound address of a refusal: 0.0.0.0, port 0."""


async def negotiate(first: bytes, client: Streams, gate: Opener, login: Login | None) -> Streams | None:
    """The connection that the client asked for, ready to relay; None if it was refused and told so.

    `first` is the version byte, read already.
    """
    if first[0] != VERSION or not await _greeted(client, login):
        return None
    code, target = await _connected(client, gate)
    bound = _NOWHERE if target is None else _bound(target)
    client.writer.write(bytes([VERSION, code, 0]) + bound)
    return target


async def _greeted(client: Streams, login: Login | None) -> bool:
    methods = await _counted(client.reader)
    wanted = NO_LOGIN if login is None else WITH_LOGIN
    if wanted not in methods:
        client.writer.write(bytes([VERSION, NO_METHOD]))
        return False
    client.writer.write(bytes([VERSION, wanted]))
    return login is None or await _logged_in(client, login)


async def _logged_in(client: Streams, login: Login) -> bool:
    version = await client.reader.readexactly(1)
    user, password = await _counted(client.reader), await _counted(client.reader)
    allowed = version == b"\x01" and login.allows(user, password)
    client.writer.write(bytes([1, 0 if allowed else 1]))
    return allowed


async def _connected(client: Streams, gate: Opener) -> tuple[int, Streams | None]:
    """The reply code, and the connection if it is SUCCEEDED."""
    _, command, _, kind = await client.reader.readexactly(4)
    host = await _read_host(client.reader, kind)
    if host is None:
        return ADDRESS_KIND_UNKNOWN, None
    port = int.from_bytes(await client.reader.readexactly(2), "big")
    if command != CONNECT:
        return COMMAND_UNKNOWN, None
    try:
        return SUCCEEDED, await gate.connect(host, port)
    except TargetRefused:
        return NOT_ALLOWED, None
    except TargetUnreachable:
        return UNREACHABLE, None


async def _read_host(reader: asyncio.StreamReader, kind: int) -> str | None:
    if kind == IPV4:
        return str(ipaddress.IPv4Address(await reader.readexactly(4)))
    if kind == IPV6:
        return str(ipaddress.IPv6Address(await reader.readexactly(16)))
    if kind == NAME:
        return (await _counted(reader)).decode("latin-1")
    return None


async def _counted(reader: asyncio.StreamReader) -> bytes:
    """Bytes behind one byte that counts them."""
    return await reader.readexactly((await reader.readexactly(1))[0])


def _bound(target: Streams) -> bytes:
    address, port = target.writer.get_extra_info("sockname")[:2]
    packed = ipaddress.ip_address(address).packed
    return bytes([IPV4 if len(packed) == 4 else IPV6]) + packed + int(port).to_bytes(2, "big")
