"""Recognition of pictures that this range issued; of no others."""

import asyncio
from typing import NamedTuple

from captcha_range.core.errors import RangeError
from captcha_range.core.picture_thread import on_picture_thread
from captcha_range.core.pixels import Picture, decode_picture
from captcha_range.recognition.question import parsed
from captcha_range.recognition.recogniser import Recogniser, Recognition
from captcha_range.solver.accounts import Account, Accounts
from captcha_range.solver.errors import FamilyUnsupported, ImageNotIssued, QuestionNotUnderstood, QuotaEmpty
from captcha_range.solver.identification import Identification, Identified
from captcha_range.solver.meters import Meters
from captcha_range.solver.provider_link import ProviderLink
from captcha_range.solver.rate_limits import RateLimits


class Recognised(NamedTuple):
    """What was found: the question, the points (pixels, origin at the top left), and the sent image's height."""

    label: str
    points: tuple[tuple[float, float], ...]
    confidence: float
    height: int


class Recognitions:
    """Answers recognition requests, within the boundary's fifth layer and the account's quota."""

    def __init__(
        self,
        link: ProviderLink,
        accounts: Accounts,
        recogniser: Recogniser,
        limits: RateLimits | None = None,
        meters: Meters | None = None,
    ) -> None:
        self._identification = Identification(link)
        self._accounts = accounts
        self._recogniser = recogniser
        self._limits = limits
        self._meters = meters or Meters()

    async def recognise(self, account: Account, image: bytes, question: str | None) -> Recognised:
        """Where to click. RateLimited, PictureInvalid, ImageNotIssued, QuotaEmpty, QuestionNotUnderstood,
        FamilyUnsupported.

        `question` None asks what the picture was issued with.
        """
        outcome = "crashed"
        try:
            found = await self._recognise(account, image, question)
            outcome = "recognised"
            return found
        except RangeError as error:
            outcome = error.code
            raise
        finally:
            self._meters.recognitions.add(outcome)

    async def _recognise(self, account: Account, image: bytes, question: str | None) -> Recognised:
        if self._limits is not None:
            self._limits.take(account.account, account.limits, "recognitions")
        sent = await on_picture_thread(decode_picture, image)
        issued = await self._identification.identify(sent)
        if issued is None:
            raise ImageNotIssued
        if account.recognitions == 0 and account.prices.recognition == 0:
            raise QuotaEmpty
        asked = question or issued.prompt
        question_asked = parsed(asked)
        if question_asked is not None and question_asked.family not in self._recogniser.families:
            raise FamilyUnsupported
        found = await asyncio.to_thread(self._recogniser.recognise, issued.picture, asked)
        points = () if found is None else _points_in(sent, issued, found)
        if found is None or not points:
            raise QuestionNotUnderstood
        await self._accounts.use_recognition(account.account)
        label = asked.strip().removesuffix(".").removesuffix("。")
        return Recognised(label, points, found.confidence, sent.shape[0])


def _points_in(sent: Picture, issued: Identified, found: Recognition) -> tuple[tuple[float, float], ...]:
    """The points in pixels of the sent image, without those that were cut off."""
    height, width = sent.shape[:2]
    points = (issued.placement.point(x, y) for x, y in found.points)
    return tuple((x, y) for x, y in points if 0 <= x < width and 0 <= y < height)
