"""P8: what a verification and a task cost when the store holds a million of them, beside an empty store."""

import sqlite3
import sys
from contextlib import closing
from functools import partial
from importlib import metadata

from benchmarks.create_task import started_range
from benchmarks.filling import fill_provider, fill_solver
from benchmarks.load import TaskPlan, VerifyPlan
from benchmarks.rounds import Contender, Figures, measure_load, scratch
from benchmarks.server_process import ServerProcess

TOKENS_TITLE = "P8a siteverify, one connection, as the store grows"
TASKS_TITLE = "P8b createTask → ready, one client, as the store grows"
ROWS = 1_000_000
WARM_UP = 0.1


def tokens(*, quick: bool) -> list[Contender]:
    """siteverify over a store with used tokens, and over an empty one."""
    rows, count = (ROWS // 10, 400) if quick else (ROWS, 4_000)
    return [
        _contender(f"{rows:,} used tokens", "and as many journal entries", partial(_verified, rows, count)),
        _contender("empty", "the same provider", partial(_verified, 0, count)),
    ]


def tasks(*, quick: bool) -> list[Contender]:
    """Tasks in a store with ended ones, and in an empty one."""
    rows, count = (ROWS // 10, 60) if quick else (ROWS, 600)
    return [
        _contender(f"{rows:,} ended tasks", "and twice as many journal entries", partial(_solved, rows, count)),
        _contender("empty", "the same solver", partial(_solved, 0, count)),
    ]


def _contender(name: str, note: str, measure: partial[Figures]) -> Contender:
    return Contender(name, note, lambda: metadata.version("captcha-range"), measure)


def _verified(rows: int, count: int) -> Figures:
    warm_up = round(count * WARM_UP)
    with scratch() as directory:
        module = [sys.executable, "-m", "benchmarks.servers.range_provider"]
        with ServerProcess([*module, directory, str(count + warm_up), "plain"], directory) as server:
            if rows:
                fill_provider(directory, rows, server.announced["sitekey"])
            forms = str(directory / "forms")
            return measure_load(
                server,
                VerifyPlan(port=server.port, connections=1, forms=forms, first=0, count=warm_up),
                VerifyPlan(port=server.port, connections=1, forms=forms, first=warm_up, count=count),
            )


def _solved(rows: int, count: int) -> Figures:
    with scratch() as directory, started_range(directory) as server:
        if rows:
            with closing(sqlite3.connect(directory / "solver.sqlite")) as connection:
                account = connection.execute("SELECT account FROM accounts").fetchone()[0]
            fill_solver(directory, rows, server.announced["sitekey"], account, open_share=2 * rows)
        told = {name: server.announced[name] for name in ("client_key", "sitekey", "page_url")}
        plans = (TaskPlan(port=server.port, connections=1, count=each, **told) for each in (count // 10, count))
        return measure_load(server, *plans)
