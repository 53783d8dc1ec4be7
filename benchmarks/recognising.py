"""`python -m benchmarks.recognising [--count 200] [--level 3] [--out FILE]`: P3, the cost of recognising.

One thread. Beside each recogniser: decoding the JPEG, and the bare calls of onnxruntime, which the rest stands on.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import cv2
import msgspec

from benchmarks.machine import Machine, describe
from benchmarks.rounds import scratch
from benchmarks.spread import percentile
from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.family import LEVELS
from captcha_range.core.pixels import decode_picture
from captcha_range.core.streams import Streams
from captcha_range.recognition.catalogue import installed, load_recogniser
from captcha_range.recognition.models import Model


class Row(msgspec.Struct, frozen=True):
    """Milliseconds of recognition, and the medians of what it stands on; `networks` is 0 without any."""

    recogniser: str
    family: str
    p50_ms: float
    p99_ms: float
    networks_ms: float
    decoding_ms: float


class Report(msgspec.Struct, frozen=True):
    """One run."""

    machine: Machine
    count: int
    level: int
    rows: list[Row]


def measure(name: str, family: str, level: int, count: int) -> Row:
    """A recogniser on `count` challenges of a family, after one that does not count."""
    recogniser, streams = load_recogniser(name), Streams(b"recognising")
    drawn = [FAMILIES[family].draw(streams.stream(family, level, number), level) for number in range(count + 1)]
    recogniser.recognise(decode_picture(drawn[0].picture), drawn[0].prompt.en)
    decoding, whole, networks = [], [], []
    with _timed_networks() as spent:
        for each in drawn[1:]:
            picture, seconds = _timed(partial(decode_picture, each.picture))
            decoding.append(seconds)
            spent.clear()
            whole.append(_timed(partial(recogniser.recognise, picture, each.prompt.en))[1])
            networks.append(sum(spent))
    figures = [(whole, 50), (whole, 99), (networks, 50), (decoding, 50)]
    return Row(name, family, *(1_000 * percentile(seconds, percent) for seconds, percent in figures))


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    made = work()
    return made, time.perf_counter() - started


@contextmanager
def _timed_networks() -> Iterator[list[float]]:
    """The seconds of every run of a network meanwhile."""
    spent: list[float] = []
    run = Model.run

    def timed(self: Model, **inputs: Any) -> Any:
        outputs, seconds = _timed(lambda: run(self, **inputs))
        spent.append(seconds)
        return outputs

    with patch.object(Model, "run", timed):
        yield spent


def markdown(report: Report) -> str:
    """The table."""
    lines = [
        f"{report.count} challenges of level {report.level} each",
        "",
        "| recogniser | family | p50 ms | p99 ms | networks alone, p50 ms | decoding the JPEG, p50 ms |",
        "|---|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row.recogniser} | {row.family} | {row.p50_ms:.2f} | {row.p99_ms:.2f} | {row.networks_ms:.2f} "
        f"| {row.decoding_ms:.2f} |"
        for row in report.rows
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recognising", description="P3: recognising, one core.")
    parser.add_argument("--count", type=int, default=200, help="challenges of each line (default: 200)")
    parser.add_argument("--level", type=int, choices=LEVELS, default=3, help="how hard (default: 3)")
    parser.add_argument("--out", type=Path, help="write the figures here, as JSON")
    asked = parser.parse_args(arguments)
    if asked.count < 1:
        parser.error("count: at least 1")
    cv2.setNumThreads(1)
    rows = [
        measure(name, family, asked.level, asked.count)
        for name in installed()
        for family in FAMILIES
        if family in load_recogniser(name).families
    ]
    with scratch() as directory:
        report = Report(describe(directory), asked.count, asked.level, rows)
    print(markdown(report))
    if asked.out is not None:
        asked.out.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")


if __name__ == "__main__":
    main()
