"""`python -m benchmarks [p1 p4 p8] [--rounds 3] [--quick] [--no-peers] [--out DIR]`."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmarks import create_task, growth, siteverify
from benchmarks.machine import describe
from benchmarks.report import Report, Table, write
from benchmarks.rounds import Contender, compete, scratch

NAMES = ("p1", "p4", "p8")
RESULTS = Path(__file__).parent / "results"


def _contests(name: str, *, quick: bool, peers: bool) -> list[tuple[str, str, list[Contender]]]:
    """Title, unit and contenders of every table of a benchmark."""
    if name == "p1":
        return [(siteverify.TITLE, siteverify.UNIT, siteverify.contenders(quick=quick, peers=peers))]
    if name == "p8":
        return [
            (growth.TOKENS_TITLE, siteverify.UNIT, growth.tokens(quick=quick)),
            (growth.TASKS_TITLE, create_task.UNIT, growth.tasks(quick=quick)),
        ]
    return [
        (create_task.IDLE_TITLE, create_task.UNIT, create_task.idle(quick=quick, peers=peers)),
        (create_task.BUSY_TITLE, create_task.UNIT, create_task.busy(quick=quick, peers=peers)),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, write the results, print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure, with peers in the same run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which of {', '.join(NAMES)} (default: all)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of every contender (default: 3)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the requests: to see that it runs")
    parser.add_argument("--no-peers", action="store_true", help="only the range itself; installs nothing")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where latest.json and latest.md go")
    asked = parser.parse_args(arguments)
    unknown = set(asked.names) - set(NAMES)
    if unknown or asked.rounds < 1:
        parser.error(f"names: {', '.join(NAMES)}; rounds: at least 1")
    tables = [
        Table(title, unit, compete(contenders, asked.rounds))
        for name in asked.names or NAMES
        for title, unit, contenders in _contests(name, quick=asked.quick, peers=not asked.no_peers)
    ]
    with scratch() as directory:
        machine = describe(directory)
    print(write(Report(machine, tables), asked.out))


if __name__ == "__main__":
    main()
