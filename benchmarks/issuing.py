"""`python -m benchmarks.issuing [--count 300] [--pause 50] [--out FILE]`: P2, what it costs to issue a challenge.

Drawing alone is in images per CPU-second of one thread, beside encoding the same pictures, which nothing can save.
Sprites and textures are made at their first use; all of them together are a line of their own, and ready before.
Issuing is over HTTP on one connection: with a pause between two visitors, and without any.
"""

import argparse
import http.client
import itertools
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import msgspec

from benchmarks.machine import Machine, describe
from benchmarks.rounds import scratch
from benchmarks.server_process import ServerProcess
from benchmarks.spread import percentile
from captcha_range.challenges import textures
from captcha_range.challenges.arrangement import LOOKS
from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.families.grid import LEVELS as GRIDS
from captcha_range.challenges.sprites import standard_pack
from captcha_range.core.pixels import decode_picture
from captcha_range.core.streams import Streams

_FAMILIES: Final = ("odd_one_out", "grid")
_LEVELS: Final = (1, 3, 5)
_WARM_UP: Final = 20
"""Challenges before the measured ones: the reserve has grown."""


class Drawing(msgspec.Struct, frozen=True):
    """Images per CPU-second: drawn and encoded, and only encoded."""

    family: str
    level: int
    drawn: float
    encoded: float


class Issuing(msgspec.Struct, frozen=True):
    """Milliseconds from the request to the whole answer; challenges per CPU-second of the whole server."""

    pause_ms: float
    p50_ms: float
    p99_ms: float
    per_cpu_second: float


class Report(msgspec.Struct, frozen=True):
    """One run."""

    machine: Machine
    count: int
    first_uses_ms: float
    """CPU-milliseconds of a process, once at most: every sprite decoded, every texture made."""
    drawing: list[Drawing]
    issuing: list[Issuing]


def first_uses() -> float:
    """CPU-seconds for what a process makes once."""
    started = time.thread_time()
    for each in (*textures.PATTERNS, textures.grain):
        each()
    pack = standard_pack()
    for one, style in itertools.product(pack.classes, pack.styles):
        pack.sprite(one.key, style)
    return time.thread_time() - started


def drawing(family: str, level: int, count: int) -> Drawing:
    """The cost of `count` fresh images."""
    streams = Streams(b"issuing")
    started = time.thread_time()
    pictures = _draw_all(family, level, streams, range(count))
    drawn = time.thread_time() - started
    decoded = [decode_picture(each) for each in pictures]
    quality = GRIDS[level].quality if family == "grid" else LOOKS[level].quality
    started = time.thread_time()
    for each in decoded:
        cv2.imencode(".jpg", each, (cv2.IMWRITE_JPEG_QUALITY, quality))
    return Drawing(family, level, count / drawn, count / (time.thread_time() - started))


def _draw_all(family: str, level: int, streams: Streams, numbers: range) -> list[bytes]:
    return [FAMILIES[family].draw(streams.stream(family, level, number), level).picture for number in numbers]


def issuing(count: int, pause: float) -> Issuing:
    """`count` challenges of a site with the default families and level, `pause` seconds apart."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.servers.range_provider", folder, "1", "plain"]
        with ServerProcess(command, Path(folder)) as server:
            visitor = http.client.HTTPConnection("127.0.0.1", server.port)
            path, page = f"/getcaptcha/{server.announced['sitekey']}", str(server.announced["page_url"])
            for _ in range(_WARM_UP):
                _ask(visitor, path, page)
            before, taken = server.cpu_seconds(), []
            for _ in range(count):
                time.sleep(pause)
                taken.append(_ask(visitor, path, page))
            spent = server.cpu_seconds() - before
            visitor.close()
    milliseconds = [1_000 * seconds for seconds in taken]
    return Issuing(1_000 * pause, percentile(milliseconds, 50), percentile(milliseconds, 99), count / max(spent, 0.01))


def _ask(visitor: http.client.HTTPConnection, path: str, page: str) -> float:
    body = msgspec.json.encode({"origin": page.rstrip("/")})
    started = time.perf_counter()
    visitor.request("POST", path, body, {"Content-Type": "application/json"})
    answer = visitor.getresponse()
    answer.read()
    assert answer.status == 200, answer.status
    return time.perf_counter() - started


def markdown(report: Report) -> str:
    """Two tables."""
    rows = ["| family | level | drawn per CPU-second | only encoded | share of encoding |", "|---|---:|---:|---:|---:|"]
    rows += [
        f"| {each.family} | {each.level} | {each.drawn:.0f} | {each.encoded:.0f} | {each.drawn / each.encoded:.0%} |"
        for each in report.drawing
    ]
    rows += ["", f"Every sprite and texture, once in a process: {report.first_uses_ms:.0f} CPU-milliseconds."]
    rows += ["", "| pause ms | issue p50 ms | p99 ms | per CPU-second of the server |", "|---:|---:|---:|---:|"]
    rows += [
        f"| {each.pause_ms:.0f} | {each.p50_ms:.2f} | {each.p99_ms:.2f} | {each.per_cpu_second:.0f} |"
        for each in report.issuing
    ]
    return "\n".join(rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.issuing", description="P2: issuing a challenge.")
    parser.add_argument("--count", type=int, default=300, help="challenges of each line (default: 300)")
    parser.add_argument("--pause", type=float, default=50.0, help="milliseconds between two visitors (default: 50)")
    parser.add_argument("--out", type=Path, help="write the figures here, as JSON")
    asked = parser.parse_args(arguments)
    if asked.count < 1 or asked.pause < 0:
        parser.error("count: at least 1; pause: at least 0")
    cv2.setNumThreads(1)
    once = first_uses()
    drawn = [drawing(family, level, asked.count) for family in _FAMILIES for level in _LEVELS]
    issued = [issuing(asked.count, pause / 1_000) for pause in (asked.pause, 0.0)]
    with scratch() as directory:
        report = Report(describe(directory), asked.count, 1_000 * once, drawn, issued)
    print(markdown(report))
    if asked.out is not None:
        asked.out.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")


if __name__ == "__main__":
    main()
