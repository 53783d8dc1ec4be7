"""What the recogniser `cnn` is worth: pictures of other seeds, classes and a style it was not shown, and its times."""

import multiprocessing
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import cv2
import msgspec
import numpy as np

from captcha_range.challenges.catalogue import families_of
from captcha_range.challenges.family import LEVELS, Family
from captcha_range.challenges.sprites import PACK_FOLDER, Pack, standard_pack
from captcha_range.core.clock import SystemClock
from captcha_range.core.pixels import decode_picture
from captcha_range.core.streams import Streams
from captcha_range.measurement.solve_rates import Attempt, own_question, reply_of, summed_up
from captcha_range.recognition.catalogue import load_recogniser
from captcha_range.recognition.models import Model, standard_detector, standard_namer
from captcha_range.recognition.network import Network
from captcha_range.recognition.recogniser import Recogniser
from tools.train.examples import HELD_OUT
from tools.train.held_out_style import held_out_pack

SEED: Final = "cnn, held out"
COUNT: Final = 300
CHUNK: Final = 25
BINS: Final = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
CASES: Final = (
    ("fresh seeds", "odd_one_out", ("random", "classical", "cnn")),
    ("fresh seeds", "grid", ("random", "classical", "cnn")),
    # No network can name what it was never told the name of: no grids.
    ("unseen classes", "odd_one_out", ("random", "cnn without them")),
    ("unseen style", "odd_one_out", ("random", "classical", "cnn")),
    ("unseen style", "grid", ("random", "classical", "cnn")),
)


@dataclass(frozen=True)
class Job:
    """The pictures `first` … of one case, level and recogniser."""

    case: str
    family: str
    recogniser: str
    level: int
    first: int


def measured(folder: Path, processes: int) -> dict[str, Any]:
    """Rates by case, the reliability of the confidence, and times beside the bare calls of the library."""
    held_out_pack(folder / "twemoji")
    jobs = [
        Job(case, family, name, level, first)
        for case, family, names in CASES
        for name in names
        for level in LEVELS
        for first in range(0, COUNT, CHUNK)
    ]
    attempts: dict[tuple[str, str, str, int], list[Attempt]] = defaultdict(list)
    with multiprocessing.get_context("spawn").Pool(processes, _one_thread) as pool:
        for job, done in zip(jobs, pool.imap(partial(tried, folder), jobs), strict=True):
            attempts[job.case, job.family, job.recogniser, job.level] += done
    return {
        "seed": SEED,
        "rates": [
            {"case": case} | msgspec.to_builtins(summed_up(family, level, name, SEED, done))
            for (case, family, name, level), done in attempts.items()
        ],
        "reliability": {
            family: reliability(
                [one for key, done in attempts.items() if key[:3] == ("fresh seeds", family, "cnn") for one in done]
            )
            for family in ("odd_one_out", "grid")
        },
        "milliseconds": {family: times(family) for family in ("odd_one_out", "grid")},
    }


def _one_thread() -> None:
    cv2.setNumThreads(1)


def tried(folder: Path, job: Job) -> list[Attempt]:
    """The attempts of one job."""
    family, recogniser = _family(folder, job.case, job.family), _recogniser(folder, job.recogniser)
    clock, out = SystemClock(), []
    for number in range(job.first, min(job.first + CHUNK, COUNT)):
        stream = Streams(SEED.encode()).stream(job.case, job.family, job.level, number)
        challenge = family.draw(stream, job.level)
        picture = decode_picture(challenge.picture)
        started = clock.elapsed()
        recognition = recogniser.recognise(picture, own_question(challenge, number))
        seconds = clock.elapsed() - started
        if recognition is None:
            out.append(Attempt("abstained", 0.0, seconds))
            continue
        right = family.judge(challenge.answer, reply_of(recognition, challenge, family.replies_with))
        out.append(Attempt("right" if right else "wrong", recognition.confidence, seconds))
    return out


@cache
def _family(folder: Path, case: str, name: str) -> Family:
    packs: dict[str, Callable[[], Pack]] = {
        "fresh seeds": standard_pack,
        "unseen classes": _unseen_classes,
        "unseen style": partial(held_out_pack, folder / "twemoji"),
    }
    return families_of(packs[case]())[name]


def _unseen_classes() -> Pack:
    pack = Pack(PACK_FOLDER)
    pack.classes = tuple(each for number, each in enumerate(pack.classes) if number % HELD_OUT == 0)
    return pack


@cache
def _recogniser(folder: Path, name: str) -> Recogniser:
    if name != "cnn without them":
        return load_recogniser(name)
    namer = Model((folder / "namer.onnx").read_bytes())
    return Network(standard_detector, lambda: namer)


def reliability(attempts: list[Attempt]) -> list[dict[str, float]]:
    """By bin of confidence: how many replies, how sure on average, and how many were right."""
    answered = [each for each in attempts if each.outcome != "abstained"]
    sure = np.array([each.confidence for each in answered])
    right = np.array([each.outcome == "right" for each in answered])
    bins = np.clip(np.digitize(sure, BINS) - 1, 0, len(BINS) - 2)
    return [
        {
            "from": BINS[number],
            "to": BINS[number + 1],
            "replies": int((bins == number).sum()),
            "confidence": round(float(sure[bins == number].mean()), 4),
            "right": round(float(right[bins == number].mean()), 4),
        }
        for number in range(len(BINS) - 1)
        if (bins == number).any()
    ]


class _Timed:
    """A model that adds up the time of its calls."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._clock = SystemClock()
        self.seconds = 0.0

    def run(self, **inputs: Any) -> Any:
        started = self._clock.elapsed()
        out = self._model.run(**inputs)
        self.seconds += self._clock.elapsed() - started
        return out


def times(family: str, level: int = 4, count: int = 200) -> dict[str, float]:
    """One thread: quantiles of recognising, and of the two calls of onnxruntime inside it."""
    cv2.setNumThreads(1)
    detector, namer = _Timed(standard_detector()), _Timed(standard_namer())
    recogniser: Any = Network(lambda: detector, lambda: namer)  # type: ignore[arg-type, return-value]
    clock, whole, bare = SystemClock(), [], []
    for number in range(count + 5):
        challenge = _family(Path(), "fresh seeds", family).draw(Streams(b"times").stream(family, number), level)
        picture, before = decode_picture(challenge.picture), detector.seconds + namer.seconds
        started = clock.elapsed()
        recogniser.recognise(picture, challenge.prompt.en)
        whole.append(1000 * (clock.elapsed() - started))
        bare.append(1000 * (detector.seconds + namer.seconds - before))
    quantiles = {"p50": 50, "p99": 99}
    return {
        f"{what} {name}": round(float(np.percentile(values[5:], share)), 2)
        for what, values in (("recognise", whole), ("onnxruntime", bare))
        for name, share in quantiles.items()
    }
