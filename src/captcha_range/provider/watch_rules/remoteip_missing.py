"""An Enterprise site's server does not say where its visitor is, so that no rule can compare it."""

from captcha_range.provider.watch import Watched

TOLD = "remoteip is missing: whether the visitor is the one who solved was not looked at; send the visitor's address"


def remoteip_missing(watched: Watched) -> str | None:
    return TOLD if watched.wants_remoteip and watched.remoteip is None else None
