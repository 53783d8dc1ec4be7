"""P5: the whole loop, createTask → challenge → recognised → token → siteverify, by worker.

`python -m benchmarks.loop [--runs 50] [--workers protocol browser] [--out FILE]`. One client, one task after the
other, against `captcha-range serve` as a child process; the browser worker opens a real page of a small shop.
"""

import argparse
import contextlib
import tempfile
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec
import numpy as np

from captcha_range.http_call import call
from captcha_range.launch import LaunchedRange

RESULTS = Path(__file__).parent / "results" / "loop.json"
WORKERS = ("protocol", "browser")
WARM_UP = 5


class Row(msgspec.Struct, frozen=True):
    """One worker's figures: milliseconds of the whole loop, and the share of tokens that were accepted."""

    worker: str
    runs: int
    p50: float
    p95: float
    slowest: float
    accepted: float
    challenges_each: float


def measure(worker: str, runs: int) -> Row:
    """Run the loop with one worker, after a warm-up."""
    options = ("--seed", "loop", "--worker", worker)
    with _shop() as shop, _directory() as directory, LaunchedRange(directory / "data", *options) as launched:
        site = launched.provider.add_site([shop.url], name="loop")
        shop.page = _PAGE % (site["site"]["sitekey"], launched.provider_url)
        client_key = launched.solver.open_account(name="loop", balance=10_000)["client_key"]
        once = [_once(launched, site, client_key, shop.url) for _ in range(WARM_UP + runs)][WARM_UP:]
        drawn = sum(entry["event"] == "ChallengeIssued" for entry in _journal(launched))
    seconds = np.array([taken for taken, _ in once])
    return Row(
        worker=worker,
        runs=runs,
        p50=float(np.quantile(seconds, 0.5) * 1_000),
        p95=float(np.quantile(seconds, 0.95) * 1_000),
        slowest=float(seconds.max() * 1_000),
        accepted=sum(accepted for _, accepted in once) / runs,
        challenges_each=drawn / (WARM_UP + runs),
    )


def _once(launched: LaunchedRange, site: dict[str, Any], client_key: str, origin: str) -> tuple[float, bool]:
    """Seconds from createTask to the verdict, and whether the token was accepted."""
    task = {"type": "HCaptchaTaskProxyless", "websiteURL": f"{origin}/", "websiteKey": site["site"]["sitekey"]}
    started = perf_counter()
    created = call("POST", f"{launched.solver_url}/createTask", json={"clientKey": client_key, "task": task}).json()
    asked = {"clientKey": client_key, "taskId": created["taskId"]}
    while (found := call("POST", f"{launched.solver_url}/getTaskResult", json=asked).json())["status"] == "processing":
        pass
    if found["errorId"]:
        return perf_counter() - started, False
    form = {"response": found["solution"]["gRecaptchaResponse"], "secret": site["secret"]}
    verdict = call("POST", f"{launched.provider_url}/siteverify", form=form).json()
    return perf_counter() - started, bool(verdict["success"])


def _journal(launched: LaunchedRange) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    while more := launched.provider.journal(entries[-1]["number"] if entries else 0):
        entries += more
    return entries


_PAGE = """<!doctype html><title>Register</title><form><div class="h-captcha" data-sitekey="%s"></div></form>
<script src="%s/1/api.js" async></script>"""


class _Shop(ThreadingHTTPServer):
    page = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, _Shop)
        body = self.server.page.encode()
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextlib.contextmanager
def _directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory)


@contextlib.contextmanager
def _shop() -> Iterator[_Shop]:
    shop = _Shop(("127.0.0.1", 0), _Pages)
    thread = threading.Thread(target=shop.serve_forever, daemon=True)
    thread.start()
    yield shop
    shop.shutdown()
    shop.server_close()


def table(rows: Sequence[Row]) -> str:
    """The figures as Markdown."""
    lines = [
        "| worker | runs | p50 ms | p95 ms | slowest ms | accepted | challenges per task |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {row.worker} | {row.runs} | {row.p50:.0f} | {row.p95:.0f} | {row.slowest:.0f} | {row.accepted:.0%} "
        f"| {row.challenges_each:.2f} |"
        for row in rows
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, write the JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.loop", description="P5: the whole loop, by worker.")
    parser.add_argument("--runs", type=int, default=50, help="warm runs of each worker (default: 50)")
    parser.add_argument("--workers", nargs="+", choices=WORKERS, default=WORKERS)
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the JSON goes")
    asked = parser.parse_args(arguments)
    rows = [measure(worker, asked.runs) for worker in asked.workers]
    print(table(rows))
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_bytes(msgspec.json.format(msgspec.json.encode(rows)) + b"\n")


if __name__ == "__main__":
    main()
