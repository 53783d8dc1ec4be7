"""G7: twice as many orders as the range can serve: what becomes of those that it takes, and of those that it refuses?

`python -m benchmarks.overload [--seconds 300] [--max-open-tasks 4] [--out FILE]` starts `captcha-range serve` with the
protocol worker and asks it over HTTP: one client alone, then as many at once as keep it busy (its capacity), then
orders at twice that rate, come what may, then one client again. `--max-open-tasks 1000000` is the control: without
a bound nothing is refused, and the accepted wait longer and longer.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import aiohttp
import msgspec
import numpy as np

from captcha_range.launch import LaunchedRange

ORIGIN = "http://shop.localhost:8000"
WARM_UP = 10
ALONE = 60
"""Orders of the client that is alone, one after the other."""

OVERLOAD = 2.0
BALANCE = 10**9


class Ordered:
    """What became of one order: seconds until its answer, and until its end if it was taken."""

    def __init__(self) -> None:
        self.began = perf_counter()
        self.answer = float("inf")
        self.taken = False
        self.refused_well = False
        """Refused in the dialect's own form: 503 with Retry-After, or ERROR_NO_SLOT_AVAILABLE."""

        self.end: float | None = None
        self.solved = False

    @property
    def waited(self) -> float:
        """Seconds until its end, or until now: what was taken and never ended counts as well."""
        return self.since() if self.end is None else self.end

    def since(self) -> float:
        return perf_counter() - self.began


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Rates in tasks a second, times in milliseconds but `recovery_s`."""

    seconds: float
    max_open_tasks: int
    capacity: float
    arrivals: float
    goodput: float
    accepted: int
    refused: int
    failed: int
    refused_badly: int
    alone_answer_p99: float
    answer_p99: float
    alone_token_p99: float
    token_p50: float
    token_p99: float
    refusal_p50: float
    refusal_p99: float
    recovery_s: float

    def missed(self) -> list[str]:
        """The goals that were missed."""
        goals = {
            "goodput >= 85 % of capacity": self.goodput >= 0.85 * self.capacity,
            "createTask's answer p99 <= 5x alone": self.answer_p99 <= 5 * self.alone_answer_p99,
            "order to token p99 <= 5x alone": self.token_p99 <= 5 * self.alone_token_p99,
            "refusals p99 <= 20 ms": self.refusal_p99 <= 20,
            "something was refused": self.refused > 0,
            "every refusal in its form": self.refused_badly == 0,
            "recovery <= 2 s": self.recovery_s <= 2,
        }
        return [goal for goal, met in goals.items() if not met]


class Client:
    """Orders tokens with one key, in two dialects."""

    def __init__(self, http: aiohttp.ClientSession, url: str, key: str, sitekey: str) -> None:
        self._http = http
        self._url = url
        self._key = key
        self._sitekey = sitekey

    async def order(self, number: int = 0, ordered: Ordered | None = None) -> Ordered:
        """One order, and its end; every fourth is ordered natively. What becomes of it is noted as it comes."""
        ordered = ordered or Ordered()
        task, ordered.refused_well = await (self._native() if number % 4 == 3 else self._create_task())
        ordered.answer, ordered.taken = ordered.since(), task is not None
        if task is not None:
            ordered.solved = await self._solved(task)
            ordered.end = ordered.since()
        return ordered

    async def _create_task(self) -> tuple[str | None, bool]:
        task = {"type": "HCaptchaTaskProxyless", "websiteURL": f"{ORIGIN}/", "websiteKey": self._sitekey}
        answer = await self._post("/createTask", {"clientKey": self._key, "task": task})
        return answer.get("taskId"), answer["errorCode"] == "ERROR_NO_SLOT_AVAILABLE"

    async def _native(self) -> tuple[str | None, bool]:
        order = {"sitekey": self._sitekey, "page_url": f"{ORIGIN}/"}
        headers = {"authorization": f"Bearer {self._key}"}
        async with self._http.post(f"{self._url}/v1/tasks", json=order, headers=headers) as response:
            answer = await response.json(content_type=None)
            return answer.get("task"), response.status == 503 and "retry-after" in response.headers

    async def _solved(self, task: str) -> bool:
        answer = {"status": "processing"}
        while answer["status"] == "processing":
            answer = await self._post("/getTaskResult", {"clientKey": self._key, "taskId": task})
        return answer["status"] == "ready"

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        async with self._http.post(f"{self._url}{path}", json=body) as response:
            answer: dict[str, Any] = await response.json()
            return answer


async def measure(launched: LaunchedRange, seconds: float, workers: int, most_open: int) -> Figures:
    """All phases against a range that runs."""
    sitekey = launched.provider.add_site([ORIGIN], level=1)["site"]["sitekey"]
    key = launched.solver.open_account(name="overload", balance=BALANCE)["client_key"]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        client = Client(http, launched.solver_url, key, sitekey)
        alone = [await client.order() for _ in range(WARM_UP + ALONE)][WARM_UP:]
        capacity = await _capacity(client.order, min(seconds, max(5.0, seconds / 10)), min(2 * workers, most_open))
        arrivals = OVERLOAD * capacity
        ordered, under_way = await _arrivals(client.order, seconds, arrivals)
        in_time = sum(each.solved for each in ordered)
        recovery = await _recovery(client.order, max(each.waited for each in alone))
        for each in under_way:
            each.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
    taken = [each for each in ordered if each.taken]
    refusals = [each.answer for each in ordered if not each.taken]
    return Figures(
        seconds=seconds,
        max_open_tasks=most_open,
        capacity=capacity,
        arrivals=arrivals,
        goodput=in_time / seconds,
        accepted=len(taken),
        refused=len(refusals),
        failed=sum(not each.solved for each in taken),
        refused_badly=sum(not each.taken and not each.refused_well for each in ordered),
        alone_answer_p99=_p(99, [each.answer for each in alone]),
        answer_p99=_p(99, [each.answer for each in taken]),
        alone_token_p99=_p(99, [each.waited for each in alone]),
        token_p50=_p(50, [each.waited for each in taken]),
        token_p99=_p(99, [each.waited for each in taken]),
        refusal_p50=_p(50, refusals),
        refusal_p99=_p(99, refusals),
        recovery_s=recovery,
    )


async def _capacity(order: Callable[[], Awaitable[Ordered]], seconds: float, clients: int) -> float:
    """Tokens a second while so many clients order one after the other."""
    ends = perf_counter() + seconds

    async def one() -> int:
        solved = 0
        while perf_counter() < ends:
            solved += (await order()).solved
        return solved

    began = perf_counter()
    solved = sum(await asyncio.gather(*(one() for _ in range(clients))))
    return solved / (perf_counter() - began)


async def _arrivals(
    order: Callable[[int, Ordered], Awaitable[Ordered]], seconds: float, rate: float
) -> tuple[list[Ordered], list["asyncio.Future[Ordered]"]]:
    """Orders at a rate, whether earlier ones were answered or not, and those that are still under way at the end."""
    ordered: list[Ordered] = []
    under_way: list[asyncio.Future[Ordered]] = []
    began = perf_counter()
    for number in range(round(seconds * rate)):
        await asyncio.sleep(max(0.0, began + number / rate - perf_counter()))
        ordered.append(Ordered())
        under_way.append(asyncio.ensure_future(order(number, ordered[-1])))
    return ordered, [each for each in under_way if not each.done()]


async def _recovery(order: Callable[[], Awaitable[Ordered]], usual: float) -> float:
    """Seconds from the last arrival until an order gets its token as quickly as it usually does."""
    began = perf_counter()
    while True:
        now = perf_counter()
        ordered = await order()
        if ordered.solved and ordered.waited <= usual:
            return now - began
        if now - began > 60:
            return float("inf")


def _p(percent: float, seconds: list[float]) -> float:
    """Milliseconds."""
    return float(np.percentile(seconds, percent)) * 1_000 if seconds else float("nan")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overload", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--max-open-tasks", type=int, default=4)
    parser.add_argument("--out", type=Path, help="where the figures go as JSON")
    asked = parser.parse_args()
    options = ("--seed", "overload", "--workers", str(asked.workers), "--max-open-tasks", str(asked.max_open_tasks))
    with tempfile.TemporaryDirectory() as folder, LaunchedRange(Path(folder) / "data", *options) as launched:
        figures = asyncio.run(measure(launched, asked.seconds, asked.workers, asked.max_open_tasks))
    for name, value in msgspec.to_builtins(figures).items():
        print(f"{name:<18} {value:10,.2f}" if isinstance(value, float) else f"{name:<18} {value:7,d}")
    missed = figures.missed()
    print("".join(f"missed: {goal}\n" for goal in missed) or "every goal met")
    if asked.out is not None:
        asked.out.write_bytes(msgspec.json.format(msgspec.json.encode(figures)) + b"\n")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
