"""The site's visitors earn tokens, and nobody ever asks whether they are good."""

from captcha_range.provider.watch import Watched

FEWEST = 20


def tokens_never_verified(watched: Watched) -> str | None:
    if watched.unverified < FEWEST:
        return None
    return f"{watched.unverified} tokens or more ran out and none was ever verified: the site's server is not checking"
