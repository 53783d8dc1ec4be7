"""Our solver with a worker that solves at once: DIRECTORY PROVIDER_URL SOLVER_KEY."""

import sys
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from benchmarks.servers.stack import serve
from captcha_range.core.clock import SystemClock
from captcha_range.core.lab_nets import Fence
from captcha_range.core.observed import observed
from captcha_range.core.regions import Regions
from captcha_range.core.request_target import normalise_target
from captcha_range.core.settings import Settings
from captcha_range.provider.tokens import RESPONSE_KEY_LENGTH, TOKEN_LENGTH
from captcha_range.recognition.blind import Blind
from captcha_range.solver.accounts import AccountOrder
from captcha_range.solver.orders import Solution, TokenOrder
from captcha_range.solver.plane import Solver
from captcha_range.solver.routes import create_app


class NoOp:
    """A worker whose solutions cost nothing and are as long as real ones."""

    def __init__(self) -> None:
        self._solution = Solution("t" * TOKEN_LENGTH, "k" * RESPONSE_KEY_LENGTH, "agent")

    async def solve(self, order: TokenOrder) -> Solution:
        return self._solution


async def prepare(directory: Path, provider_url: str, solver_key: str) -> tuple[ASGIApp, dict[str, Any]]:
    """The application, and the key of an account that can pay."""
    solver = Solver(
        directory / "solver.sqlite",
        pepper=b"benchmark",
        clock=SystemClock(),
        fence=Fence(),
        regions=Regions(),
        provider_url=provider_url,
        provider_key=solver_key,
        recogniser=Blind(),
        slots=Settings(data_dir=directory).workers,
        worker=NoOp(),
    )
    await solver.start()
    _, client_key = await solver.accounts.open(AccountOrder(balance=1_000_000))
    app = observed(normalise_target(create_app(solver)), "solver", solver.meters.http, solver.clock)
    return app, {"client_key": client_key}


def main() -> None:
    directory, provider_url, solver_key = sys.argv[1:]
    serve(lambda: prepare(Path(directory), provider_url, solver_key))


if __name__ == "__main__":
    main()
