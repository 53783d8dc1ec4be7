"""Rounds: every contender once a round, one after the other, so that a slow minute hits all alike."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import msgspec

from benchmarks.load import TaskPlan, Timings, VerifyPlan, generate
from benchmarks.peers import CACHE, PeerAbsent
from benchmarks.server_process import ServerProcess, ServerSilent
from benchmarks.spread import Spread, percentile, spread


class AnswersWrong(Exception):
    """A contender gave answers that were not what they should be, so its figures mean nothing."""


class Figures(msgspec.Struct, frozen=True):
    """One round of one contender."""

    per_cpu_second: float
    per_second: float
    p50_ms: float
    p99_ms: float


class Contender(msgspec.Struct, frozen=True):
    """Who is measured: `measure` runs one round and may raise PeerAbsent; `version` names what was measured."""

    name: str
    note: str
    version: Callable[[], str]
    measure: Callable[[], Figures]


class Row(msgspec.Struct, frozen=True):
    """A contender's figures over the rounds, or why there are none. The first row of a table is ours."""

    name: str
    note: str
    version: str = ""
    absent: str = ""
    rounds: int = 0
    per_cpu_second: Spread | None = None
    per_second: Spread | None = None
    p50_ms: Spread | None = None
    p99_ms: Spread | None = None
    ours_by_theirs: Spread | None = None
    """Ours per CPU-second by theirs, in the same round: above 1 we are ahead."""


def compete(contenders: Sequence[Contender], rounds: int) -> list[Row]:
    """A row for every contender; whoever fails is left out from then on, except for the first, which is ours."""
    figures: dict[str, list[Figures]] = {contender.name: [] for contender in contenders}
    absent: dict[str, str] = {}
    for number in range(rounds):
        for contender in contenders:
            if contender.name in absent:
                continue
            print(f"round {number + 1}/{rounds}: {contender.name}", file=sys.stderr, flush=True)
            try:
                figures[contender.name].append(contender.measure())
            except (PeerAbsent, ServerSilent, AnswersWrong) as error:
                if contender is contenders[0]:
                    raise
                absent[contender.name] = str(error)
    ours = figures[contenders[0].name]
    return [_row(contender, figures[contender.name], ours, absent.get(contender.name)) for contender in contenders]


def _row(contender: Contender, figures: list[Figures], ours: list[Figures], absent: str | None) -> Row:
    if absent is not None:
        return Row(contender.name, contender.note, absent=absent)
    ratios = [own.per_cpu_second / other.per_cpu_second for own, other in zip(ours, figures, strict=True)]
    return Row(
        contender.name,
        contender.note,
        version=contender.version(),
        rounds=len(figures),
        per_cpu_second=spread([round_.per_cpu_second for round_ in figures]),
        per_second=spread([round_.per_second for round_ in figures]),
        p50_ms=spread([round_.p50_ms for round_ in figures]),
        p99_ms=spread([round_.p99_ms for round_ in figures]),
        ours_by_theirs=spread(ratios),
    )


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty directory on the disk that the project lies on, and not in memory, where flushing is free."""
    CACHE.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(dir=CACHE))
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


def measure_load(server: ServerProcess, warm_up: VerifyPlan | TaskPlan, plan: VerifyPlan | TaskPlan) -> Figures:
    """Warm a server up, then measure it. AnswersWrong."""
    _checked(generate(warm_up))
    before = server.cpu_seconds()
    timings = _checked(generate(plan))
    spent = server.cpu_seconds() - before
    count = len(timings.latencies)
    return Figures(
        # A process that slept all the while is billed one tick, so that nothing is divided by zero.
        per_cpu_second=count / max(spent, 0.01),
        per_second=count / timings.seconds,
        p50_ms=percentile(timings.latencies, 50) * 1_000,
        p99_ms=percentile(timings.latencies, 99) * 1_000,
    )


def _checked(timings: Timings) -> Timings:
    if timings.wrong:
        raise AnswersWrong(f"{timings.wrong} of {len(timings.latencies)} answers were wrong")
    return timings


Start = Callable[[Path], AbstractContextManager[ServerProcess]]
