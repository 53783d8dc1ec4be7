"""The load on the provider: tokens are minted, verified by several at once, verified again, and left to die."""

import asyncio
import random

from captcha_range.provider import tokens
from captcha_range.provider.verdicts import Verdict
from tests.histories.recorder import Recorder
from tests.histories.records import UNKNOWN
from tests.histories.stores import Stores
from tests.visits import passage

VISITORS = 24
REMEMBERED = 200
"""Latest tokens that may be verified again."""


async def visit(stores: Stores, recorder: Recorder, chance: random.Random) -> None:
    """Many visitors at once, until no more operations are wanted."""
    latest: list[str] = []
    lanes = [random.Random(chance.random()) for _ in range(VISITORS)]  # noqa: S311 - it only chooses what to do
    await asyncio.gather(*(_visitor(stores, recorder, lane, latest) for lane in lanes))


async def _visitor(stores: Stores, recorder: Recorder, lane: random.Random, latest: list[str]) -> None:
    while recorder.going_on:
        token = await _mint(stores, recorder)
        if token is None:
            continue
        latest.append(token)
        del latest[:-REMEMBERED]
        # Some are verified at once by racers, some later by whoever comes, some never.
        if lane.random() < 0.8:
            await asyncio.gather(*(_verify(stores, recorder, token) for _ in range(lane.choice((1, 1, 2, 4)))))
        for again in lane.choices(latest, k=lane.randint(0, 3)):
            await _verify(stores, recorder, again)


async def _mint(stores: Stores, recorder: Recorder) -> str | None:
    how = passage(recorder.clock.now())
    minting = stores.provider.database.write(lambda c: tokens.mint(c, stores.site.sitekey, "shop.localhost", how))
    token, _ = await recorder.spanned(minting)
    if token is not None:
        recorder.note_minted(tokens.digest_of_token(token), how.answered.at)
    return token


async def _verify(stores: Stores, recorder: Recorder, token: str) -> None:
    verifying = stores.siteverify.verify({"response": token, "secret": stores.secret})
    verdict, span = await recorder.spanned(verifying)
    recorder.note_verification(tokens.digest_of_token(token), span, _told(verdict))


def _told(verdict: Verdict | None) -> str:
    if verdict is None:
        return UNKNOWN
    return "success" if verdict["success"] else ",".join(verdict["error-codes"])
