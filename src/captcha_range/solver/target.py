"""Is this page in the range? The first layer of the boundary: nothing is queued or connected to before."""

import re

from captcha_range.core.clock import Clock
from captcha_range.core.origins import Origin, OriginInvalid, parse_origin
from captcha_range.solver.errors import FieldInvalid, SitekeyUnknown, TargetOutside
from captcha_range.solver.orders import TokenOrder
from captcha_range.solver.provider_link import ProviderLink, SiteFacts

_SITEKEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)

FRESH = 1.0
"""Seconds that a registered site is remembered. Refusals are never remembered: registering works at once."""


class Targets:
    """Checks the sitekey and the page of an order against the provider's register."""

    def __init__(self, link: ProviderLink, clock: Clock) -> None:
        self._link = link
        self._clock = clock
        self._known: dict[str, tuple[float, SiteFacts]] = {}

    async def check(self, order: TokenOrder) -> Origin:
        """The page's origin, if it is one of the site's. SitekeyUnknown, FieldInvalid, TargetOutside."""
        site = await self.site(order.sitekey)
        try:
            origin = parse_origin(order.page_url)
        except OriginInvalid as error:
            raise FieldInvalid(f"the page's URL {error}") from None
        if str(origin) not in site.origins:
            raise TargetOutside(
                "the page's origin is not registered for this sitekey in this range; "
                "register it exactly, with scheme, host and port"
            )
        return origin

    async def site(self, sitekey: str) -> SiteFacts:
        """The registered site of a sitekey. SitekeyUnknown."""
        if not _SITEKEY.fullmatch(sitekey):
            raise SitekeyUnknown("the sitekey is not a UUID, so it is not registered with this range's provider")
        sitekey = sitekey.lower()  # one site is remembered once, however it is written
        now = self._clock.elapsed()
        at, site = self._known.get(sitekey, (float("-inf"), None))
        if site is None or now - at > FRESH:
            site = await self._link.site(sitekey)
            if site is None:
                self._known.pop(sitekey, None)
                raise SitekeyUnknown("the sitekey is not registered with this range's provider")
            self._known[sitekey] = (now, site)
        return site
