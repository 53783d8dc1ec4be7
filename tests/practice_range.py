"""A whole range in the test's own process: both planes over real sockets, one registered site, one account."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from starlette.types import ASGIApp

from captcha_range.challenges.family import Answer, Rectangle
from captcha_range.core.clock import StillClock
from captcha_range.core.journal import Entry, entries
from captcha_range.core.lab_nets import Fence
from captcha_range.core.observed import observed
from captcha_range.core.pixels import Picture, pixel_digest
from captcha_range.core.regions import Regions
from captcha_range.core.request_target import normalise_target
from captcha_range.provider.plane import Provider
from captcha_range.provider.routes import create_app as create_provider_app
from captcha_range.provider.sites import Site, SiteOrder, plan_site
from captcha_range.recognition.recogniser import Recogniser, Recognition
from captcha_range.solver.accounts import Account, AccountOrder
from captcha_range.solver.plane import Solver
from captcha_range.solver.routes import create_app as create_solver_app
from captcha_range.solver.worker import Worker
from tests.served import served

ORIGIN = "http://shop.localhost:8000"
PAGE = f"{ORIGIN}/register"
SECRET = "0x" + "5" * 40

_answers = msgspec.json.Decoder(Answer)
_tiles = msgspec.json.Decoder(tuple[Rectangle, ...])


class FedEye:
    """Sees nothing: a test feeds it the provider's own records, so that it is always right, or always wrong."""

    name = "fed"
    families = frozenset({"odd_one_out", "grid"})

    def __init__(self, provider_file: Path, *, right: bool = True) -> None:
        self._file = provider_file
        self._right = right
        self.questions: list[str] = []

    def recognise(self, picture: Picture, question: str) -> Recognition | None:
        self.questions.append(question)
        with contextlib.closing(sqlite3.connect(self._file)) as connection:
            query = "SELECT family, answer, tiles FROM issued WHERE digest = ?"
            row = connection.execute(query, (pixel_digest(picture),)).fetchone()
        if row is None:
            return None
        family, answer, tiles = row[0], _answers.decode(row[1]), _tiles.decode(row[2])
        return Recognition(family, self._points(answer, tiles), 0.9)

    def _points(self, answer: Answer, tiles: tuple[Rectangle, ...]) -> tuple[tuple[float, float], ...]:
        if answer.targets:
            return (_centre(answer.targets[0]),) if self._right else ((-1.0, -1.0),)
        return tuple(_centre(tile) for number, tile in enumerate(tiles) if (number in answer.tiles) == self._right)


class BlindEye:
    """Understands no picture."""

    name = "none"
    families = frozenset({"odd_one_out", "grid"})

    def recognise(self, picture: Picture, question: str) -> Recognition | None:
        return None


@dataclass(frozen=True, slots=True)
class PracticeRange:
    """The planes, their addresses, and what a site's developer and a solver's client know."""

    provider: Provider
    solver: Solver
    provider_url: str
    provider_app: ASGIApp
    solver_url: str
    solver_app: ASGIApp
    site: Site
    account: Account
    client_key: str
    clock: StillClock

    async def add_site(self, *, origins: tuple[str, ...] = (ORIGIN,), **fields: object) -> Site:
        """Register another site; its secret is `SECRET` followed by its number."""
        number = len(self.provider.sites.all())
        secret = SECRET + str(number)
        order = _order(**{"origins": origins, "secret": secret, "sitekey": _sitekey(number), **fields})
        site, _ = plan_site(order, Fence(), tuple(_families(self.provider)))
        await self.provider.sites.add(site, secret)
        return site

    async def open_account(self, **fields: object) -> tuple[Account, str]:
        """Open another account with the solver."""
        return await self.solver.accounts.open(msgspec.convert(fields, AccountOrder))

    async def siteverify(self, token: str, secret: str = SECRET) -> dict[str, object]:
        """The provider's verdict on a token."""
        return await self.provider.siteverify.verify({"response": token, "secret": secret})

    def journal(self) -> list[Entry]:
        """What the solver's journal tells of tasks; opening the account is in it too."""
        told = self.solver.database.read(lambda connection: entries(connection, limit=100_000))
        return [entry for entry in told if entry.event.startswith("Task")]

    def count_tasks(self) -> int:
        """How many tasks were ever stored."""
        query = "SELECT count(*) FROM tasks"
        count: int = self.solver.database.read(lambda connection: connection.execute(query).fetchone()[0])
        return count


@contextlib.asynccontextmanager
async def practice_range(
    folder: Path,
    clock: StillClock,
    *,
    worker: Worker | None = None,
    eye: Recogniser | None = None,
    slots: int = 4,
    serve_solver: bool = False,
) -> AsyncIterator[PracticeRange]:
    """A running range; `worker` None is the protocol worker, `eye` None one that is always right.

    The provider is always served, because the solver knows it over HTTP only; the solver if `serve_solver`.
    """
    fence, regions = Fence(), Regions()
    provider = Provider(
        folder / "provider.sqlite", seed=b"practice", pepper=b"pepper", clock=clock, fence=fence, regions=regions
    )
    provider_app = normalise_target(create_provider_app(provider))
    provider_app = observed(provider_app, "provider", provider.meters.http, clock)
    async with served(provider_app) as provider_url:
        solver = Solver(
            folder / "solver.sqlite",
            pepper=b"pepper",
            clock=clock,
            fence=fence,
            regions=regions,
            provider_url=provider_url,
            provider_key=await provider.keys.create("solver"),
            recogniser=eye or FedEye(folder / "provider.sqlite"),
            slots=slots,
            worker=worker,
        )
        order = _order(origins=(ORIGIN,), secret=SECRET, sitekey=_sitekey(0), level=1)
        site, secret = plan_site(order, fence, tuple(_families(provider)))
        await provider.sites.add(site, secret)
        account, client_key = await solver.accounts.open(AccountOrder(name="tests", balance=1_000))
        solver_app = normalise_target(create_solver_app(solver))
        solver_app = observed(solver_app, "solver", solver.meters.http, clock)
        await solver.start()
        try:
            async with served(solver_app) if serve_solver else contextlib.nullcontext("") as solver_url:
                yield PracticeRange(
                    provider=provider,
                    solver=solver,
                    provider_url=provider_url,
                    provider_app=provider_app,
                    solver_url=solver_url,
                    solver_app=solver_app,
                    site=site,
                    account=account,
                    client_key=client_key,
                    clock=clock,
                )
        finally:
            await solver.stop()
    provider.close()


def _order(**fields: object) -> SiteOrder:
    return msgspec.convert(fields, SiteOrder)


def _sitekey(number: int) -> str:
    """A sitekey says what a site's challenges are: with these, each run of a test draws the same ones."""
    return f"5eed5eed-0000-4000-8000-{number:012d}"


def _families(provider: Provider) -> tuple[str, ...]:
    return tuple(provider.issued.families)


def _centre(box: Rectangle) -> tuple[float, float]:
    return box.x + box.width / 2, box.y + box.height / 2
