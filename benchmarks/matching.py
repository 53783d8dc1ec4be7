"""`python -m benchmarks.matching`: how often altered pictures are found and answered, and foreign ones refused."""

import argparse
import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import msgspec
import numpy as np

from benchmarks.altered import ALTERATIONS, Altered
from benchmarks.foreign import foreign_image
from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.family import LEVELS, Challenge, Prompt
from captcha_range.core.clock import StillClock
from captcha_range.core.lab_nets import Fence
from captcha_range.core.pixels import decode_picture
from captcha_range.core.regions import Regions
from captcha_range.core.streams import Streams
from captcha_range.measurement.intervals import wilson
from captcha_range.measurement.solve_rates import reply_of
from captcha_range.provider.observation import Observation, Opening
from captcha_range.provider.plane import Provider
from captcha_range.provider.records import Record
from captcha_range.provider.sites import Site, SiteOrder, plan_site
from captcha_range.recognition.catalogue import load_recogniser
from captcha_range.recognition.recogniser import Recognition
from captcha_range.solver.identification import Identification
from captcha_range.solver.provider_link import Attestation, Resemblance, Visit
from captcha_range.solver.registration import Placement


class DirectSource:
    """The provider's desk asked in this process: what the link asks over HTTP, without its cost."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def attest(self, digest: bytes) -> Attestation | None:
        return msgspec.convert(self._provider.desk.attest(digest), Attestation | None, from_attributes=True)

    async def similar(self, likeness: bytes) -> tuple[Resemblance, ...]:
        found = self._provider.desk.similar(likeness)
        return msgspec.convert(found, tuple[Resemblance, ...], from_attributes=True)

    async def find_picture(self, path: str, visit: Visit) -> bytes | None:
        return self._provider.issued.picture(path.removeprefix("/picture/").removesuffix(".jpg"))


class Target(NamedTuple):
    """A provider with everything that was issued."""

    provider: Provider
    records: list[Record]
    seed: str


class Tally(NamedTuple):
    """Of one alteration: how many were found, lay within two pixels, and were answered rightly."""

    issued: int
    found: int
    placed: int
    right: int
    plain_right: int
    milliseconds: list[float]


async def issue_all(folder: Path, seed: str, each: int) -> Target:
    """A provider that issued `each` challenges of every family and level."""
    fence = Fence()
    provider = Provider(
        folder / "provider.sqlite",
        seed=seed.encode(),
        pepper=b"pepper",
        clock=StillClock(),
        fence=fence,
        regions=Regions(),
    )
    records: list[Record] = []
    opening = Opening(Observation(provider.clock.now(), "127.0.0.1", "local", "benchmark"))
    for family in FAMILIES:
        for level in LEVELS:
            site = await _site(provider, fence, family, level)
            for _ in range(each):
                await provider.issued.issue(site, "shop.localhost", "en", opening)
                records += provider.records.latest(site.sitekey, 1)
    return Target(provider, records, seed)


async def tally(target: Target, name: str) -> Tally:
    """One alteration of every issued picture, identified and answered."""
    identification, eye = Identification(DirectSource(target.provider)), load_recogniser("classical")
    found = placed = right = plain_right = 0
    times: list[float] = []
    for number, record in enumerate(target.records):
        picture = decode_picture(record.picture)
        altered = ALTERATIONS[name](picture, Streams(target.seed.encode()).stream("altered", name, number))
        began = time.perf_counter()
        identified = await identification.identify(altered.picture)
        times.append((time.perf_counter() - began) * 1000)
        recognition = eye.recognise(picture, record.prompt)
        plain_right += _is_right(record, recognition)
        if identified is None or not np.array_equal(identified.picture, picture):
            continue
        found += 1
        back = altered.issued_point(*identified.placement.point(250, 200))
        placed += max(abs(back[0] - 250), abs(back[1] - 200)) <= 2
        right += _is_right(record, _back(recognition, identified.placement, altered))
    return Tally(len(target.records), found, placed, right, plain_right, times)


async def accepted_foreign(target: Target, count: int) -> tuple[Counter[str], Counter[str], list[float]]:
    """How many foreign images there were and how many were taken for an issued one, by kind; milliseconds."""
    identification = Identification(DirectSource(target.provider))
    streams = Streams(b"another range " + target.seed.encode())
    asked: Counter[str] = Counter()
    accepted: Counter[str] = Counter()
    times: list[float] = []
    for number in range(count):
        kind, picture = foreign_image(streams, number)
        asked[kind] += 1
        began = time.perf_counter()
        accepted[kind] += await identification.identify(picture) is not None
        times.append((time.perf_counter() - began) * 1000)
    return asked, accepted, times


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print two Markdown tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matching", description=__doc__)
    parser.add_argument("--each", type=int, default=20, help="challenges of every family and level (default: 20)")
    parser.add_argument("--foreign", type=int, default=5_000, help="foreign images (default: 5000)")
    parser.add_argument("--seed", default="matching", help="of the range and of the alterations")
    asked = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(Path(folder), asked.seed, asked.each, asked.foreign))


async def _measure(folder: Path, seed: str, each: int, foreign: int) -> None:
    target = await issue_all(folder, seed, each)
    try:
        print("| alteration | found | within 2 px | right | right unaltered | p50 ms | p99 ms |")
        print("|---|---|---|---|---|---:|---:|")
        for name in ALTERATIONS:
            done = await tally(target, name)
            shares = [_share(value, done.issued) for value in done[1:5]]
            print(f"| {name} | {' | '.join(shares)} | {_times(done.milliseconds)} |", flush=True)
        kinds, accepted, times = await accepted_foreign(target, foreign)
        print(f"\n{foreign} foreign images against {len(target.records)} issued; p50 | p99 ms: {_times(times)}\n")
        print("| kind | images | accepted |\n|---|---|---|")
        for kind, count in [*kinds.items(), ("all", kinds.total())]:
            taken = accepted.total() if kind == "all" else accepted[kind]
            print(f"| {kind} | {count} | {_share(taken, count)} |")
    finally:
        target.provider.close()


def _share(part: int, count: int) -> str:
    if not count:
        return "–"
    interval = wilson(part, count)
    return f"{part}/{count} ({100 * interval.low:.2f}–{100 * interval.high:.2f} %)"


def _times(times: list[float]) -> str:
    return " | ".join(f"{value:.0f}" for value in np.percentile(times, [50, 99])) if times else "– | –"


def _is_right(record: Record, recognition: Recognition | None) -> bool:
    if recognition is None:
        return False
    family = FAMILIES[record.family]
    challenge = Challenge(
        family=record.family,
        level=record.level,
        prompt=Prompt(record.prompt, record.prompt),
        picture=record.picture,
        width=record.width,
        height=record.height,
        answer=record.answer,
        tiles=record.tiles,
    )
    return family.judge(record.answer, reply_of(recognition, challenge, family.replies_with))


def _back(recognition: Recognition | None, placement: Placement, altered: Altered) -> Recognition | None:
    """The recognition as its points arrive: rounded in the altered picture, then traced back to the issued one."""
    if recognition is None:
        return None
    height, width = altered.picture.shape[:2]
    sent = [(round(x), round(y)) for x, y in (placement.point(*point) for point in recognition.points)]
    kept = [point for point in sent if 0 <= point[0] < width and 0 <= point[1] < height]
    return Recognition(
        recognition.family, tuple(altered.issued_point(*point) for point in kept), recognition.confidence
    )


async def _site(provider: Provider, fence: Fence, family: str, level: int) -> Site:
    fields = {"origins": ["http://shop.localhost:8000"], "families": [family], "level": level}
    site, secret = plan_site(msgspec.convert(fields, SiteOrder), fence, tuple(FAMILIES))
    await provider.sites.add(site, secret)
    return site


if __name__ == "__main__":
    main()
