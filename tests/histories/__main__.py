"""`python -m tests.histories --operations 1000000 --seed 1`: a history of that length, and every promise it breaks.

`--plant NAME` puts a bug in: then the command fails unless the checker tells of it.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from itertools import islice
from pathlib import Path

from tests.histories.planted import PLANTS, Plant
from tests.histories.records import History
from tests.histories.run import breaches, record

MOST_TOLD = 20


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.histories", description=__doc__)
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plant", choices=sorted(PLANTS), help="put this bug in, which must be found")
    asked = parser.parse_args()
    plant = PLANTS.get(asked.plant, Plant(""))
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, plant.planted():
        history = asyncio.run(record(Path(folder), asked.operations, asked.seed, plant.parts))
    recorded = time.perf_counter()
    found = list(breaches(history))
    ended = time.perf_counter()
    sys.stdout.write(f"{_summary(history)}\nrecorded in {recorded - started:.0f} s, ")
    sys.stdout.write(f"checked in {ended - recorded:.1f} s; {len(found)} broken promises\n")
    sys.stdout.writelines(f"{breach}\n" for breach in islice(found, MOST_TOLD))
    if asked.plant:
        return 0 if any(plant.told in breach for breach in found) else 1
    return 1 if found else 0


def _summary(history: History) -> str:
    verdicts = Counter(each.told for done in history.verifications.values() for each in done)
    kinds = Counter[str](each.kind for done in history.tasks.values() for each in done)
    ends = Counter(stored.state for stored in history.stored.values())
    lines = [
        f"{history.operations} operations",
        f"{len(history.issued_at)} tokens: {_told(verdicts)}",
        f"{len(history.stored)} tasks: {_told(ends)}; {_told(kinds)}",
        f"faults: {_told(history.faults)}",
    ]
    return "\n".join(lines)


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.most_common())


if __name__ == "__main__":
    sys.exit(main())
