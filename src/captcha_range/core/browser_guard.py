"""Keeping other people's web pages out: a browser may call a service on loopback on any page's behalf."""

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from captcha_range.core.lab_nets import Fence

_REFUSAL = b'{"success":false,"error":{"code":"cross_site","message":"requests from pages of other sites are refused"}}'
_MISDIRECTED = b'{"success":false,"error":{"code":"misdirected","message":"this host name is not the range\'s"}}'


def refuse_foreign_pages(app: ASGIApp, fence: Fence, paths: tuple[str, ...] = ("",)) -> ASGIApp:
    """Answer 403 to a browser's cross-site request, and 421 to one whose Host is not the range's own address.

    The second stops DNS rebinding, where a foreign name is made to point here. Programs send neither
    `Origin` nor `Sec-Fetch-Site`, and may use any Host: some reach the range as an HTTP proxy. `paths`: how the
    guarded paths begin.
    """

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(paths):
            headers = dict(scope["headers"])
            origin, site = headers.get(b"origin"), headers.get(b"sec-fetch-site")
            if origin is not None or site is not None:
                host = headers.get(b"host", b"").decode("latin-1")
                if not _is_own(host, fence):
                    return await _answer(send, 421, _MISDIRECTED)
                if _is_cross_site(origin, site, host):
                    return await _answer(send, 403, _REFUSAL)
        return await app(scope, receive, send)

    return guarded


def _is_own(host: str, fence: Fence) -> bool:
    name = _split(f"//{host}")[0]
    return name == "localhost" or name.endswith(".localhost") or fence.contains(name)


def _is_cross_site(origin: bytes | None, site: bytes | None, host: str) -> bool:
    if site is not None:
        return site not in (b"same-origin", b"none")
    return origin is not None and _split(origin.decode("latin-1"))[1] != host.lower()


def _split(url: str) -> tuple[str, str]:
    """Host name and host with port; both empty for what is not a URL (such as the origin `null`)."""
    try:
        parts = urlsplit(url)
        return parts.hostname or "", parts.netloc.lower()
    except ValueError:
        return "", ""


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
