"""Which issued picture was sent, and where in the submitted image it lies."""

from typing import NamedTuple, Protocol

from captcha_range.core.perceptual_hash import perceptual_hash
from captcha_range.core.picture_thread import on_picture_thread
from captcha_range.core.pixels import Picture, decode_picture, pixel_digest
from captcha_range.solver.provider_link import Attestation, Resemblance, Visit
from captcha_range.solver.registration import UNCHANGED, Placement, place
from captcha_range.solver.screenshots import Region, regions_of


class Source(Protocol):
    """What the provider tells of its pictures; ProviderLink asks it over HTTP."""

    async def attest(self, digest: bytes) -> Attestation | None:
        """The challenge with exactly these pixels."""
        ...

    async def similar(self, likeness: bytes) -> tuple[Resemblance, ...]:
        """The challenges that look much like this."""
        ...

    async def find_picture(self, path: str, visit: Visit) -> bytes | None:
        """The bytes of a picture, while it can be seen."""
        ...


class Identified(NamedTuple):
    """An issued picture, its own pixels and its English question, and where it lies in what was sent."""

    picture: Picture
    prompt: str
    placement: Placement


class Identification:
    """Looks for the issued picture behind an image: the very pixels first, then whatever looks like it.

    What is recognised afterwards is the issued picture itself, never the pixels that were sent.
    """

    def __init__(self, source: Source) -> None:
        self._source = source

    async def identify(self, sent: Picture) -> Identified | None:
        """The issued picture that was sent, or None when this range issued nothing that lies there."""
        digest = await on_picture_thread(pixel_digest, sent)
        issued = await self._source.attest(digest)
        if issued is not None:
            return Identified(sent, issued.prompt_en, UNCHANGED)
        for region in await on_picture_thread(regions_of, sent):
            found = await self._in_region(sent, region)
            if found is not None:
                return found
        return None

    async def _in_region(self, sent: Picture, region: Region) -> Identified | None:
        likeness = await on_picture_thread(perceptual_hash, region.cut(sent))
        for candidate in await self._source.similar(likeness):
            issued = await self._issued_picture(candidate)
            if issued is None:
                continue
            found = await on_picture_thread(place, issued, region.cut(sent))
            if found is not None:
                moved = found._replace(left=found.left + region.x, top=found.top + region.y)
                return Identified(issued, candidate.prompt_en, moved)
        return None

    async def _issued_picture(self, candidate: Resemblance) -> Picture | None:
        """As any visitor gets it; None when its time ran out meanwhile."""
        data = await self._source.find_picture(candidate.picture, Visit(user_agent="captcha-range solver"))
        return None if data is None else await on_picture_thread(decode_picture, data)
