"""What tests of the provider begin with: a registered site, a visitor's passage, a token that was earned."""

from typing import Any

from captcha_range.challenges.family import Answer, Reply
from captcha_range.provider import tokens
from captcha_range.provider.observation import Observation, Opening, Passage
from captcha_range.provider.plane import Provider
from captcha_range.provider.sites import Site, SiteOrder, plan_site

ORIGIN = "http://shop.localhost:8000"
ADDRESS = "127.0.0.1"
BROWSER = "Mozilla/5.0 (a browser of these tests)"
SECONDS_TO_ANSWER = 9.0


async def register(provider: Provider, **fields: Any) -> tuple[Site, str]:
    """A new site and its secret."""
    order = SiteOrder(**{"origins": (ORIGIN,), **fields})
    site, secret = plan_site(order, provider.fence, tuple(provider.issued.families))
    await provider.sites.add(site, secret)
    return site, secret


def observed(
    at: float, address: str = ADDRESS, region: str = "local", user_agent: str = BROWSER, **more: str
) -> Observation:
    """One request of a visitor."""
    return Observation(at, address, region, user_agent, **more)


def passage(answered_at: float, **opening: Any) -> Passage:
    """A visitor whom no rule has anything against, answering at a time."""
    loaded = observed(answered_at - SECONDS_TO_ANSWER)
    return Passage(Opening(**{"loaded": loaded, **opening}), observed(answered_at))


async def earn(provider: Provider, site: Site, earned: Passage | None = None, hostname: str = "shop.localhost") -> str:
    """A token for a passage (of just now), as if its challenge had been answered."""
    how = passage(provider.clock.now()) if earned is None else earned
    return await provider.database.write(lambda c: tokens.mint(c, site.sitekey, hostname, how))


def right_reply(answer: Answer) -> Reply:
    """A reply that the answer accepts: the middle of the first target, or the tiles."""
    if not answer.targets:
        return Reply(tiles=answer.tiles)
    target = answer.targets[0]
    return Reply(points=((target.x + target.width / 2, target.y + target.height / 2),))


def wrong_reply(answer: Answer) -> Reply:
    """A reply of the right form that the answer refuses."""
    if not answer.targets:
        return Reply(tiles=tuple(number for number in range(9) if number not in answer.tiles))
    target = answer.targets[0]
    return Reply(points=((target.x - 1.0, target.y - 1.0),))
