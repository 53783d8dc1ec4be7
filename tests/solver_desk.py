"""A solver over a real socket beside a real provider, with a worker that does as it is told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import msgspec

from captcha_range.core.clock import StillClock
from captcha_range.core.lab_nets import Fence
from captcha_range.core.observed import observed
from captcha_range.core.regions import Regions
from captcha_range.core.request_target import normalise_target
from captcha_range.provider.plane import Provider
from captcha_range.provider.routes import create_app as create_provider_app
from captcha_range.provider.sites import SiteOrder, plan_site
from captcha_range.recognition.catalogue import load_recogniser
from captcha_range.solver.accounts import AccountOrder
from captcha_range.solver.effort import Effort
from captcha_range.solver.errors import SolverError
from captcha_range.solver.orders import Solution, TokenOrder
from captcha_range.solver.plane import Solver
from captcha_range.solver.routes import create_app
from captcha_range.solver.worker import Worker
from tests.served import served

ORIGIN = "http://shop.localhost:8000"
SOLUTION = Solution("P1_token", "E0_key", "agent", Effort("told", 3, "127.0.20.1"))
TERMINAL = ("ready", "failed")


class ToldWorker:
    """Holds each order until it is told how to end it."""

    def __init__(self) -> None:
        self.taken: asyncio.Queue[TokenOrder] = asyncio.Queue()
        self.stopped = asyncio.Event()
        self._outcomes: asyncio.Queue[Solution | SolverError] = asyncio.Queue()

    def end(self, outcome: Solution | SolverError = SOLUTION) -> None:
        """End the order that was taken first, or the next one."""
        self._outcomes.put_nowait(outcome)

    async def solve(self, order: TokenOrder) -> Solution:
        self.taken.put_nowait(order)
        try:
            outcome = await self._outcomes.get()
        except asyncio.CancelledError:
            self.stopped.set()
            raise
        if isinstance(outcome, SolverError):
            raise outcome
        return outcome


class Answer(NamedTuple):
    """An answer, its body decoded if it is JSON."""

    status: int
    headers: dict[str, str]
    body: Any


class Desk:
    """The solver, its client's key, and HTTP calls with it."""

    def __init__(self, solver: Solver, url: str, http: aiohttp.ClientSession, sitekey: str, worker: ToldWorker) -> None:
        self.solver = solver
        self.url = url
        self.http = http
        self.sitekey = sitekey
        self.worker = worker
        self.account = ""
        self.key = ""
        self.secret = ""
        self.admin_key = ""

    @property
    def order(self) -> dict[str, Any]:
        """A good order of the native API."""
        return {"sitekey": self.sitekey, "page_url": f"{ORIGIN}/register"}

    async def open_account(self, **fields: Any) -> None:
        """Open an account; later calls use its key."""
        account, self.key = await self.solver.accounts.open(msgspec.convert({"balance": 10, **fields}, AccountOrder))
        self.account = account.account
        self.secret = await self.solver.webhook_secrets.renew(self.account)

    async def call(self, method: str, path: str, json: Any = None, *, key: str | None = None, **headers: str) -> Answer:
        """Send a request; header names with _ for -."""
        sent = {"authorization": f"Bearer {self.key if key is None else key}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = json if isinstance(json, bytes) or json is None else msgspec.json.encode(json)
        async with self.http.request(method, self.url + path, data=data, headers=sent) as response:
            body: Any = await response.read()
            if "json" in response.content_type and body:
                body = msgspec.json.decode(body)
            return Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, body)

    async def admin(self, method: str, path: str, json: Any = None) -> Answer:
        """Call the admin API."""
        return await self.call(method, f"/admin/accounts{path}", json, key=self.admin_key)

    async def create(self, **fields: Any) -> str:
        """Order a token; the task's id."""
        answer = await self.call("POST", "/v1/tasks", {**self.order, **fields})
        assert answer.status == 201, answer
        return str(answer.body["task"])

    async def read(self, task: str) -> dict[str, Any]:
        """The task as it stands."""
        document: dict[str, Any] = (await self.call("GET", f"/v1/tasks/{task}")).body
        return document

    async def ended(self, task: str) -> dict[str, Any]:
        """The task once it has ended."""
        document: dict[str, Any] = (await self.call("GET", f"/v1/tasks/{task}", prefer="wait=20")).body
        assert document["state"] in TERMINAL
        return document


@contextlib.asynccontextmanager
async def open_desk(folder: Path, clock: StillClock, *, real_worker: bool = False) -> AsyncIterator[Desk]:
    """A desk with one registered site and one account, its queue at work, its courier and sweeper at rest."""
    fence, regions = Fence(), Regions()
    provider = Provider(
        folder / "desk-provider.sqlite", seed=b"desk", pepper=b"pepper", clock=clock, fence=fence, regions=regions
    )
    site, secret = plan_site(SiteOrder(origins=(ORIGIN,), level=1), fence, tuple(provider.issued.families))
    await provider.sites.add(site, secret)
    told = ToldWorker()
    worker: Worker | None = None if real_worker else told
    async with (
        served(observed(create_provider_app(provider), "provider", provider.meters.http, clock)) as provider_url,
        aiohttp.ClientSession() as http,
    ):
        solver = Solver(
            folder / "desk-solver.sqlite",
            pepper=b"pepper",
            clock=clock,
            fence=fence,
            regions=regions,
            provider_url=provider_url,
            provider_key=await provider.keys.create("solver"),
            recogniser=load_recogniser("classical"),
            slots=2,
            worker=worker,
        )
        await solver.queue.start()
        assert solver.slots is not None
        await solver.slots.start()
        app = observed(normalise_target(create_app(solver)), "solver", solver.meters.http, clock)
        async with served(app) as url:
            desk = Desk(solver, url, http, site.sitekey, told)
            desk.admin_key = await solver.keys.create("admin")
            await desk.open_account(name="desk")
            yield desk
        await solver.stop()
    provider.close()
