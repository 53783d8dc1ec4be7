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
    """What was found: the question, the reply, and the sent image's height.

    The reply is that of `Recognition`, in pixels of the sent image, origin at the top left.
    """

    label: str
    points: tuple[tuple[float, float], ...]
    confidence: float
    height: int
    number: int | None = None
    angle: float | None = None
    box: tuple[float, float, float, float] | None = None
    choice: int | None = None


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

    async def recognise(
        self, account: Account, image: bytes, question: str | None, *, pointing: bool = False
    ) -> Recognised:
        """What to reply. RateLimited, PictureInvalid, ImageNotIssued, QuotaEmpty, QuestionNotUnderstood,
        FamilyUnsupported.

        `question` None asks what the picture was issued with. `pointing` refuses a reply without any point.
        """
        outcome = "crashed"
        try:
            found = await self._recognise(account, image, question, pointing)
            outcome = "recognised"
            return found
        except RangeError as error:
            outcome = error.code
            raise
        finally:
            self._meters.recognitions.add(outcome)

    async def _recognise(self, account: Account, image: bytes, question: str | None, pointing: bool) -> Recognised:
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
        reply = None if found is None else _in_sent(sent, issued, found, asked)
        if reply is None or not (reply.points or (_has_other_form(reply) and not pointing)):
            raise QuestionNotUnderstood
        await self._accounts.use_recognition(account.account)
        return reply


def _in_sent(sent: Picture, issued: Identified, found: Recognition, asked: str) -> Recognised:
    """The reply in pixels of the sent image, without what was cut off."""
    label = asked.strip().removesuffix(".").removesuffix("。")
    points, box = _points_in(sent, issued, found), _box_in(sent, issued, found)
    return Recognised(label, points, found.confidence, sent.shape[0], found.number, found.angle, box, found.choice)


def _has_other_form(reply: Recognised) -> bool:
    return any(each is not None for each in (reply.number, reply.angle, reply.box, reply.choice))


def _points_in(sent: Picture, issued: Identified, found: Recognition) -> tuple[tuple[float, float], ...]:
    height, width = sent.shape[:2]
    points = (issued.placement.point(x, y) for x, y in found.points)
    return tuple((x, y) for x, y in points if 0 <= x < width and 0 <= y < height)


def _box_in(sent: Picture, issued: Identified, found: Recognition) -> tuple[float, float, float, float] | None:
    if found.box is None:
        return None
    x, y, width, height = found.box
    (left, top), (right, bottom) = (
        (_within(sent.shape[1], across), _within(sent.shape[0], down))
        for across, down in (issued.placement.point(x, y), issued.placement.point(x + width, y + height))
    )
    return (left, top, right - left, bottom - top) if right > left and bottom > top else None


def _within(most: int, value: float) -> float:
    return min(max(0.0, value), float(most))
