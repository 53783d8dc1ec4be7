"""The risk score: every rule looks at how a token was earned, and what they find adds up."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from captcha_range.provider.observation import Passage
from captcha_range.provider.traffic import Redemption


class Evidence(NamedTuple):
    """All that a rule may look at when a token is verified.

    `remoteip` is what the site's server says the visitor's address is; `remote_region` its region;
    `recent_replays` counts used tokens that came back, among those earned from the same address, within
    the last ten minutes. `strictness`: `high` compares `remoteip` exactly, `low` by region and by network.
    `hostname` is the token's, `hosts` those of the site's registered pages.
    """

    passage: Passage
    remoteip: str | None = None
    remote_region: str | None = None
    recent_replays: int = 0
    strictness: str = "high"
    hostname: str = ""
    hosts: frozenset[str] = frozenset()
    redemption: Redemption = Redemption()


class Finding(NamedTuple):
    """What one rule found: `weight` 0 … 1 is the chance that it alone gives to a threat."""

    reason: str
    weight: float
    evidence: str


Rule = Callable[[Evidence], Finding | None]


class Assessment(NamedTuple):
    """Score 0 (safe) … 1 (threat), and the findings behind it, heaviest first."""

    score: float
    findings: tuple[Finding, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """The findings' reasons, or `safe` where there are none."""
        return tuple(finding.reason for finding in self.findings) or ("safe",)


def assess(evidence: Evidence, rules: Sequence[Rule]) -> Assessment:
    """1 − Π(1 − weight) over the findings: more findings never lower the score."""
    findings = [finding for rule in rules if (finding := rule(evidence)) is not None]
    innocent = 1.0
    for finding in findings:
        innocent *= 1.0 - finding.weight
    findings.sort(key=lambda finding: (-finding.weight, finding.reason))
    return Assessment(round(1.0 - innocent, 4), tuple(findings))
