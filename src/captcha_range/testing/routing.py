"""Playwright: pages that load the live script get the range's, and nothing of theirs reaches the live service."""

import inspect
from typing import Any
from urllib.parse import urlsplit

HOSTS = "hcaptcha.com"


def route_to_range(page: Any, provider_url: str) -> Any:
    """Answer every request of a Playwright page or context to hcaptcha.com by the range.

    With the asynchronous API the result is to be awaited. The page's own origin must be one of the site's.
    """
    base = provider_url.rstrip("/")

    def target(url: str) -> str:
        parts = urlsplit(url)
        return base + parts.path + (f"?{parts.query}" if parts.query else "")

    def is_live(url: str) -> bool:
        host = urlsplit(url).hostname or ""
        return host == HOSTS or host.endswith(f".{HOSTS}")

    if inspect.iscoroutinefunction(page.route):

        async def handle(route: Any) -> None:
            try:
                answer = await route.fetch(url=target(route.request.url), max_redirects=0)
            except Exception:  # noqa: BLE001 - whatever broke the connection breaks the page's
                await route.abort("connectionreset")
                return
            await route.fulfill(response=answer)

        return page.route(is_live, handle)

    def handle_now(route: Any) -> None:
        try:
            answer = route.fetch(url=target(route.request.url), max_redirects=0)
        except Exception:  # noqa: BLE001 - as above
            route.abort("connectionreset")
            return
        route.fulfill(response=answer)

    return page.route(is_live, handle_now)
