"""Recognition of pictures that this range issued; of no others."""

import asyncio
from typing import NamedTuple

from captcha_range.core.pixels import Picture, decode_picture, pixel_digest
from captcha_range.recognition.recogniser import Recogniser, Recognition
from captcha_range.solver.accounts import Account, Accounts
from captcha_range.solver.errors import ImageNotIssued, QuestionNotUnderstood, QuotaEmpty
from captcha_range.solver.provider_link import ProviderLink


class Recognised(NamedTuple):
    """What was found: the question, the points (pixels, origin at the top left), and the picture's height."""

    label: str
    points: tuple[tuple[float, float], ...]
    confidence: float
    height: int


class Recognitions:
    """Answers recognition requests, within the boundary's fifth layer and the account's quota."""

    def __init__(self, link: ProviderLink, accounts: Accounts, recogniser: Recogniser) -> None:
        self._link = link
        self._accounts = accounts
        self._recogniser = recogniser

    async def recognise(self, account: Account, image: bytes, question: str | None) -> Recognised:
        """Where to click. PictureInvalid, ImageNotIssued, QuotaEmpty, QuestionNotUnderstood.

        `question` None asks what the picture was issued with.
        """
        picture, digest = await asyncio.to_thread(_read, image)
        issued = await self._link.attest(digest)
        if issued is None:
            raise ImageNotIssued
        if account.recognitions == 0:
            raise QuotaEmpty
        asked = question or issued.prompt_en
        found = await asyncio.to_thread(self._recogniser.recognise, picture, asked)
        if found is None or not found.points:
            raise QuestionNotUnderstood
        await self._accounts.use_recognition(account.account)
        return _recognised(asked, found, picture)


def _read(image: bytes) -> tuple[Picture, bytes]:
    picture = decode_picture(image)
    return picture, pixel_digest(picture)


def _recognised(asked: str, found: Recognition, picture: Picture) -> Recognised:
    label = asked.strip().removesuffix(".").removesuffix("。")
    return Recognised(label, found.points, found.confidence, picture.shape[0])
