"""Request targets as clients write them: absolute URLs through a proxy setting, and trailing slashes."""

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send


def normalise_target(app: ASGIApp) -> ASGIApp:
    """Give `app` plain paths: `http://host/createTask/` (RFC 9112 §3.2.2) becomes `/createTask`."""

    async def normalised(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            if not path.startswith("/"):
                path = _path_of(path)
            if len(path) > 1:
                path = path.rstrip("/") or "/"
            scope["path"] = path
        await app(scope, receive, send)

    return normalised


def _path_of(target: str) -> str:
    try:
        path = urlsplit(target).path
    except ValueError:
        return "/"
    return path if path.startswith("/") else "/"
