"""The secret came in the URL, where proxies and logs keep it."""

from captcha_range.provider.watch import Watched

TOLD = "the secret was in the URL, where proxies and logs keep it; send it in the body"


def secret_in_url(watched: Watched) -> str | None:
    return TOLD if watched.secret_in_url else None
