"""`python -m benchmarks.risk [--persons 400] [--seed risk] [--out DIR]`: what each risk rule adds, by leaving it out.

Labelled synthetic traffic against the real provider with a still clock (`benchmarks/mixes.py`); no human data.
"""

import argparse
import asyncio
import heapq
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.mixes import GUILTY, INNOCENT, PAGE, Stage, cast
from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.family import Answer, Challenge, Family, Reply
from captcha_range.core.clock import StillClock
from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import Regions
from captcha_range.core.streams import Streams
from captcha_range.measurement.intervals import wilson
from captcha_range.provider.plane import Provider
from captcha_range.provider.risk_rules import RULES
from captcha_range.provider.sites import SiteOrder, plan_site

RESULTS = Path(__file__).parent / "results"
FALSE_POSITIVES = 0.01
POOL = 48
SITEKEY = "5ee0c7a1-0000-4000-8000-000000000018"
"""Challenges are drawn by sitekey: a new one would draw others."""
NO_HUMAN_DATA = "Synthetic traffic, no human data: only the comparison of the rows means anything."

Weights = npt.NDArray[np.float64]
"""One row a token, one column a rule, in the order of RULES: the weight of its finding, or 0."""


class Pooled:
    """A family whose challenges are drawn once and shown again: no rule looks at a picture."""

    def __init__(self, family: Family, streams: Streams) -> None:
        self.name, self.replies_with = family.name, family.replies_with
        self._family = family
        self._pool = [family.draw(streams.stream("pool", family.name, number), 1) for number in range(POOL)]

    def draw(self, stream: np.random.Generator, level: int) -> Challenge:
        return self._pool[int(stream.integers(POOL))]

    def judge(self, answer: Answer, reply: Reply) -> bool:
        return self._family.judge(answer, reply)

    def floor(self, level: int) -> float:
        return self._family.floor(level)


async def observe(folder: Path, persons: int, seed: str) -> dict[str, Weights]:
    """Play all traffic; the weights of every rule for every token that was verified, by mix."""
    clock, streams, key = StillClock(), Streams(seed.encode()), seed.encode()
    file = folder / "provider.sqlite"
    provider = Provider(file, seed=key, pepper=key, clock=clock, fence=Fence(), regions=Regions())
    try:
        provider.issued.families = {name: Pooled(family, streams) for name, family in FAMILIES.items()}
        site, secret = plan_site(SiteOrder(origins=(PAGE,), sitekey=SITEKEY, enterprise=True), Fence(), tuple(FAMILIES))
        await provider.sites.add(site, secret)
        stage = Stage(provider, clock, site.sitekey, secret)
        await play(stage, streams, persons)
        return {mix: _weights(evidence) for mix, evidence in stage.evidence.items()}
    finally:
        provider.close()


async def play(stage: Stage, streams: Streams, persons: int) -> None:
    """Let everybody act in the order of time."""
    began = stage.clock.now()
    due = [(began + at, number, actor) for number, (at, actor) in enumerate(cast(stage, streams, persons))]
    heapq.heapify(due)
    while due:
        at, number, actor = heapq.heappop(due)
        stage.clock.advance(max(0.0, at - stage.clock.now()))
        wait = await anext(actor, None)
        if wait is not None:
            heapq.heappush(due, (stage.clock.now() + wait, number, actor))


def _weights(evidence: Sequence[Any]) -> Weights:
    found = [[rule(each) for rule in RULES] for each in evidence]
    return np.array([[0.0 if each is None else each.weight for each in row] for row in found])


def scores(weights: Weights, without: int | None = None) -> Weights:
    """The score of every token, 1 − Π(1 − weight), with one rule left out."""
    innocent = 1.0 - weights
    if without is not None:
        innocent[:, without] = 1.0
    result: Weights = np.round(1.0 - innocent.prod(axis=1), 4)
    return result


def threshold(innocent: Weights, share: float = FALSE_POSITIVES) -> float:
    """The lowest score above which at most `share` of the innocent lie."""
    allowed = int(share * len(innocent))
    return float(np.sort(innocent)[::-1][allowed])


def auc(innocent: Weights, guilty: Weights) -> float:
    """The chance that a guilty token scores above an innocent one, ties counting half."""
    above = (guilty[:, None] > innocent[None, :]).mean()
    return float(above + 0.5 * (guilty[:, None] == innocent[None, :]).mean())


class Row(NamedTuple):
    """One line of the ablation: true-positive rates by mix and the area, with or without a rule."""

    without: str
    rates: dict[str, float]
    assisted: float
    area: float


def ablate(observed: dict[str, Weights]) -> list[Row]:
    """All rules first, then each left out."""
    return [_row(observed, None), *(_row(observed, number) for number in range(len(RULES)))]


def _row(observed: dict[str, Weights], without: int | None) -> Row:
    scored = {mix: scores(weights, without) for mix, weights in observed.items()}
    limit = threshold(scored[INNOCENT[0]])
    rates = {mix: float((scored[mix] > limit).mean()) for mix in GUILTY}
    # Every attacker counts the same, however many tokens it earned.
    area = float(np.mean([auc(scored[INNOCENT[0]], scored[mix]) for mix in GUILTY]))
    assisted = float((scored[INNOCENT[1]] > limit).mean())
    return Row("" if without is None else RULES[without].__name__, rates, assisted, area)


def report(observed: dict[str, Weights], command: str) -> str:
    """Markdown: how often each rule fires, and what is lost without it."""
    tokens = {mix: len(observed[mix]) for mix in (*INNOCENT, *GUILTY)}
    lines = [NO_HUMAN_DATA, "", f"`{command}`; tokens: " + ", ".join(f"{mix} {n}" for mix, n in tokens.items()) + "."]
    lines += ["", "Share of tokens in which a rule finds something, %:", "", *_firing(observed)]
    rows = ablate(observed)
    lines += [
        "",
        f"True positives at {FALSE_POSITIVES:.0%} false positives among persons, %, and the area under the ROC",
    ]
    lines += ["curve, mean of the attackers; below, what changes when one rule is left out (a rule without a row:"]
    lines += ["nothing):", "", *_ablation(rows), "", *_intervals(observed)]
    return "\n".join(lines) + "\n"


def _firing(observed: dict[str, Weights]) -> list[str]:
    mixes = (*INNOCENT, *GUILTY)
    lines = [f"| rule | {' | '.join(mixes)} |", "|---|" + "--:|" * len(mixes)]
    for number, rule in enumerate(RULES):
        shares = [(observed[mix][:, number] > 0).mean() for mix in mixes]
        lines.append(f"| `{rule.__name__}` | " + " | ".join(f"{100 * share:.1f}" for share in shares) + " |")
    return lines


def _ablation(rows: list[Row]) -> list[str]:
    full = rows[0]
    lines = [
        f"| rules | {' | '.join(GUILTY)} | assistive technology (false) | area |",
        "|---|" + "--:|" * (len(GUILTY) + 2),
    ]
    cells = [f"{100 * full.rates[mix]:.1f}" for mix in GUILTY]
    lines.append(f"| all | {' | '.join(cells)} | {100 * full.assisted:.1f} | {full.area:.4f} |")
    for row in rows[1:]:
        changes = [100 * (row.rates[mix] - full.rates[mix]) for mix in GUILTY]
        changes.append(100 * (row.assisted - full.assisted))
        told = [f"{change:+.1f}" if abs(change) >= 0.05 else "·" for change in changes]
        area = row.area - full.area
        if any(each != "·" for each in told) or abs(area) >= 0.00005:
            lines.append(f"| without `{row.without}` | {' | '.join(told)} | {area:+.4f} |")
    return lines


def _intervals(observed: dict[str, Weights]) -> list[str]:
    limit, told = threshold(scores(observed[INNOCENT[0]])), []
    for mix in (*INNOCENT, *GUILTY):
        above = int((scores(observed[mix]) > limit).sum())
        interval = wilson(above, len(observed[mix]))
        told.append(f"{mix} {above} of {len(observed[mix])} ({100 * interval.low:.1f} … {100 * interval.high:.1f} %)")
    return [f"With all rules, scores above {limit}: " + "; ".join(told) + ". Wilson intervals, 95 %."]


def main(arguments: Sequence[str] | None = None) -> None:
    """Play, measure, write `risk.md` and `risk.json`, and print the former."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.risk", description=__doc__)
    parser.add_argument("--persons", type=int, default=400, help="persons; everybody else in proportion")
    parser.add_argument("--seed", default="risk", help="of all chance")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where risk.md and risk.json go")
    asked = parser.parse_args(arguments)
    if asked.persons < 100:
        parser.error("persons: at least 100, or there is no 1 % of them")
    # Nothing is timed here, and memory syncs at once.
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:  # noqa: S108
        observed = asyncio.run(observe(Path(folder), asked.persons, asked.seed))
    text = report(observed, f"python -m benchmarks.risk --persons {asked.persons} --seed {asked.seed}")
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "risk.md").write_text(text)
    rows = [row._asdict() for row in ablate(observed)]
    facts = {"persons": asked.persons, "seed": asked.seed, "human_data": False, "rows": rows}
    (asked.out / "risk.json").write_text(json.dumps(facts, indent=1) + "\n")
    print(text)


if __name__ == "__main__":
    main()
