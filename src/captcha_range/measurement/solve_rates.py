"""How often a recogniser is right: fresh challenges of one family and level, each tried once."""

import multiprocessing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import cv2
import msgspec
import numpy as np

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.family import Challenge, Reply
from captcha_range.core.clock import Clock, SystemClock
from captcha_range.core.errors import RangeError
from captcha_range.core.pixels import decode_picture
from captcha_range.core.streams import Streams
from captcha_range.measurement.intervals import Interval, wilson
from captcha_range.recognition.catalogue import load_recogniser
from captcha_range.recognition.recogniser import Recogniser, Recognition

CHUNK: Final = 25
"""Challenges that a process takes at a time: 0.2 to 2 seconds of work."""

Outcome = Literal["right", "wrong", "abstained"]
Questioner = Callable[[Challenge, int], str]


class FamilyUnknown(RangeError):
    """There is no challenge family of that name."""

    code = "family_unknown"


class Attempt(msgspec.Struct, frozen=True):
    """One try at one challenge. `confidence` is 0 when the recogniser abstained; `seconds` is its time alone."""

    outcome: Outcome
    confidence: float
    seconds: float


class Bin(msgspec.Struct, frozen=True):
    """The tries whose confidence lay in one tenth of 0 … 1: how many, their mean confidence, how many right."""

    count: int
    confidence: float
    right: int


class SolveRate(msgspec.Struct, frozen=True):
    """What `measure` found. Times are milliseconds; shares and the floor 0 … 1.

    `brier` is the mean square of confidence minus being right, over the tries that gave an answer;
    None when there were none. `reliability` has the tenths of confidence in which there were tries, lowest first.
    """

    family: str
    level: int
    recogniser: str
    seed: str
    count: int
    right: int
    wrong: int
    abstained: int
    interval: Interval
    floor: float
    brier: float | None
    p50_ms: float
    p99_ms: float
    reliability: tuple[Bin, ...] = ()

    @property
    def rate(self) -> float:
        """Right ones among all, abstentions counted as failures."""
        return self.right / self.count


@dataclass(frozen=True, slots=True)
class Chunk:
    """The challenges `first` … `last - 1` of one family and level, for one recogniser."""

    family: str
    level: int
    recogniser: str
    seed: str
    first: int
    last: int


def measure(
    family: str,
    level: int,
    recogniser: str,
    seed: str,
    count: int,
    processes: int = 1,
    progress: Callable[[int], None] | None = None,
) -> SolveRate:
    """The solve rate over `count` fresh challenges; the same for any number of processes, times aside.

    `progress` is called with the number of challenges that were just finished. FamilyUnknown,
    RecogniserUnknown, or ValueError when `count` or `processes` is less than 1.
    """
    if count < 1 or processes < 1:
        raise ValueError("count and processes must be at least 1")
    if family not in FAMILIES:
        raise FamilyUnknown(f"there is no challenge family {family!r}; there are: {', '.join(FAMILIES)}")
    load_recogniser(recogniser)
    chunks = [
        Chunk(family, level, recogniser, seed, first, min(first + CHUNK, count)) for first in range(0, count, CHUNK)
    ]
    attempts: list[Attempt] = []
    for done in _finished(chunks, processes):
        attempts += done
        if progress is not None:
            progress(len(done))
    return summed_up(family, level, recogniser, seed, attempts)


def summed_up(family: str, level: int, recogniser: str, seed: str, attempts: list[Attempt]) -> SolveRate:
    """The counts of at least one attempt."""
    outcomes = [each.outcome for each in attempts]
    right = outcomes.count("right")
    times = np.array([each.seconds for each in attempts]) * 1000
    misses = [(each.confidence - (each.outcome == "right")) ** 2 for each in attempts if each.outcome != "abstained"]
    return SolveRate(
        family=family,
        level=level,
        recogniser=recogniser,
        seed=seed,
        count=len(attempts),
        right=right,
        wrong=outcomes.count("wrong"),
        abstained=outcomes.count("abstained"),
        interval=wilson(right, len(attempts)),
        floor=FAMILIES[family].floor(level),
        brier=sum(misses) / len(misses) if misses else None,
        p50_ms=float(np.percentile(times, 50)),
        p99_ms=float(np.percentile(times, 99)),
        reliability=_reliability([each for each in attempts if each.outcome != "abstained"]),
    )


def _reliability(answered: list[Attempt]) -> tuple[Bin, ...]:
    tenths: dict[int, list[Attempt]] = {}
    for each in answered:
        tenths.setdefault(min(int(10 * each.confidence), 9), []).append(each)
    return tuple(
        Bin(
            count=len(tries),
            confidence=sum(each.confidence for each in tries) / len(tries),
            right=sum(each.outcome == "right" for each in tries),
        )
        for _, tries in sorted(tenths.items())
    )


def own_question(challenge: Challenge, number: int) -> str:
    """The challenge's own prompt: English for even numbers, Chinese for odd ones."""
    return challenge.prompt.zh if number % 2 else challenge.prompt.en


def attempts_at(
    chunk: Chunk, recogniser: Recogniser, clock: Clock, question: Questioner = own_question
) -> list[Attempt]:
    """Every challenge of the chunk, tried once."""
    family, streams = FAMILIES[chunk.family], Streams(chunk.seed.encode())
    attempts = []
    for number in range(chunk.first, chunk.last):
        stream = streams.stream("solve-rates", chunk.family, chunk.level, number)
        challenge = family.draw(stream, chunk.level)
        picture, asked = decode_picture(challenge.picture), question(challenge, number)
        started = clock.elapsed()
        recognition = recogniser.recognise(picture, asked)
        seconds = clock.elapsed() - started
        if recognition is None:
            attempts.append(Attempt("abstained", 0.0, seconds))
            continue
        right = family.judge(challenge.answer, reply_of(recognition, challenge, family.replies_with))
        attempts.append(Attempt("right" if right else "wrong", recognition.confidence, seconds))
    return attempts


def reply_of(recognition: Recognition, challenge: Challenge, replies_with: str) -> Reply:
    """What somebody does who follows the recogniser."""
    if replies_with == "points":
        return Reply(points=recognition.points)
    if replies_with == "position":
        return Reply(position=recognition.points[0] if recognition.points else None)
    if replies_with != "tiles":
        return msgspec.convert({replies_with: getattr(recognition, replies_with)}, Reply)
    # A second click on a tile takes the first one back, so that only an odd number of clicks chooses it.
    chosen: set[int] = set()
    for x, y in recognition.points:
        chosen ^= {number for number, tile in enumerate(challenge.tiles) if tile.contains(x, y)}
    return Reply(tiles=tuple(sorted(chosen)))


def _finished(chunks: list[Chunk], processes: int) -> Iterator[list[Attempt]]:
    """The attempts, chunk by chunk, in the order of the chunks."""
    if processes == 1:
        yield from map(_tried, chunks)
        return
    with multiprocessing.get_context("spawn").Pool(min(processes, len(chunks)), _alone_on_a_core) as pool:
        yield from pool.imap(_tried, chunks)


def _alone_on_a_core() -> None:
    # One process per core: threads of OpenCV below that would only get in each other's way.
    cv2.setNumThreads(1)


def _tried(chunk: Chunk) -> list[Attempt]:
    return attempts_at(chunk, _warm(chunk.recogniser, chunk.family, chunk.level), SystemClock())


@cache
def _warm(name: str, family: str, level: int) -> Recogniser:
    """The recogniser after one picture that does not count: data is loaded at the first."""
    recogniser = load_recogniser(name)
    challenge = FAMILIES[family].draw(Streams(b"warm-up").stream(family, level), level)
    recogniser.recognise(decode_picture(challenge.picture), challenge.prompt.en)
    return recogniser
