"""Every rule finds what it is for, and nothing in the nearest thing that is not; no rule is left out."""

from typing import Any

import pytest

from captcha_range.provider.observation import Circumstances, Opening, Passage, PreflightTerms
from captcha_range.provider.risk import Evidence
from captcha_range.provider.risk_rules import RULES
from captcha_range.provider.risk_rules.superhuman_accuracy import surely_above
from captcha_range.provider.traffic import Redemption
from tests.visits import observed

ELSEWHERE = "127.0.20.9"
HOSTS = frozenset({"shop.localhost", "127.0.0.1"})


def earned(opened: dict[str, Any] | None = None, answered: dict[str, Any] | None = None, **opening: Any) -> Evidence:
    """Evidence of a passage that took nine seconds."""
    loaded = observed(1_000.0, **(opened or {}))
    return Evidence(Passage(Opening(loaded, **opening), observed(1_009.0, **(answered or {}))))


def seen(**circumstances: Any) -> Evidence:
    passage = Passage(Opening(observed(1_000.0)), observed(1_009.0), circumstances=Circumstances(**circumstances))
    return Evidence(passage)


def redeemed(remoteip: str | None = None, **redemption: Any) -> Evidence:
    return seen()._replace(redemption=Redemption(**redemption), remoteip=remoteip)


def at_host(hostname: str) -> Evidence:
    return seen()._replace(hostname=hostname, hosts=HOSTS)


def hinted(language: str, client_hints: str) -> Evidence:
    loaded = observed(1_000.0, language="en", client_hints="a browser")
    return Evidence(Passage(Opening(loaded), observed(1_009.0, language=language, client_hints=client_hints)))


def took(seconds: float) -> Evidence:
    return Evidence(Passage(Opening(observed(1_000.0)), observed(1_000.0 + seconds)))


AGREED = PreflightTerms("local", "another browser")
KEPT = PreflightTerms("local", observed(0.0).user_agent)

FINDINGS: list[tuple[str, Evidence, tuple[str, float], Evidence]] = [
    ("address_changed", earned({"address": ELSEWHERE}), ("address-changed", 0.2), earned()),
    (
        "preflight_not_kept",
        earned(preflight_named=True, preflight=AGREED),
        ("preflight-not-kept", 0.4),
        earned(preflight_named=True, preflight=KEPT),
    ),
    ("solved_too_fast", took(0.9), ("solved-too-fast", 0.4), took(1.0)),
    ("token_replays", seen()._replace(recent_replays=1), ("token-replays", 0.2), seen()),
    ("user_agent_changed", earned({"user_agent": "another"}), ("user-agent-changed", 0.4), earned()),
    ("hostname_unregistered", at_host("evil.localhost"), ("hostname-unregistered", 0.5), at_host("127.0.0.1")),
    ("client_hints_changed", hinted("en", "another"), ("client-hints-changed", 0.3), hinted("en", "a browser")),
    ("client_hints_changed", hinted("de", "a browser"), ("client-hints-changed", 0.2), hinted("en", "a browser")),
    ("client_hints_changed", hinted("", ""), ("client-hints-changed", 0.4), hinted("en", "a browser")),
    ("declared_automation", earned(webdriver=True), ("declared-automation", 0.6), earned(webdriver=False)),
    (
        "solved_too_regularly",
        seen(paces=5, pace_spread=0.099),
        ("solved-too-regularly", 0.4),
        seen(paces=5, pace_spread=0.1),
    ),
    ("solved_too_regularly", seen(paces=8), ("solved-too-regularly", 0.4), seen(paces=4)),
    ("address_velocity", seen(address_passes=10), ("address-velocity", 0.2), seen(address_passes=9)),
    ("address_velocity", seen(address_passes=40), ("address-velocity", 0.6), seen(address_passes=0)),
    (
        "network_velocity",
        seen(network_passes=25, network_addresses=3),
        ("network-velocity", 0.2),
        seen(network_passes=24, network_addresses=3),
    ),
    (
        "network_velocity",
        seen(network_passes=100, network_addresses=3),
        ("network-velocity", 0.4),
        seen(network_passes=100, network_addresses=2),
    ),
    ("site_surge", seen(site_passes=60, site_usual=12.0), ("site-surge", 0.1), seen(site_passes=60, site_usual=12.1)),
    ("site_surge", seen(site_passes=60), ("site-surge", 0.1), seen(site_passes=59)),
    ("same_replies", seen(same_replies=1), ("same-replies", 0.4), seen(same_replies=0)),
    ("same_replies", seen(same_replies=9), ("same-replies", 0.8), seen(same_replies=0)),
    ("late_redemption", redeemed(kept=60.0), ("late-redemption", 0.1), redeemed(kept=59.9)),
    ("late_redemption", redeemed(kept=119.9), ("late-redemption", 0.2), redeemed(kept=0.0)),
    ("late_burst", redeemed(late=3), ("late-burst", 0.4), redeemed(late=2)),
    (
        "unredeemed_tokens",
        redeemed(earned=10, unredeemed=8),
        ("unredeemed-tokens", 0.5),
        redeemed(earned=10, unredeemed=4),
    ),
    (
        "unredeemed_tokens",
        redeemed(earned=5, unredeemed=3),
        ("unredeemed-tokens", 0.3),
        redeemed(earned=4, unredeemed=4),
    ),
    ("solved_for_many", redeemed(ELSEWHERE, customers=3), ("solved-for-many", 0.5), redeemed(ELSEWHERE, customers=2)),
    ("solved_for_many", redeemed(ELSEWHERE, customers=9), ("solved-for-many", 0.5), redeemed("127.0.0.1", customers=9)),
    ("solved_by_many", redeemed(ELSEWHERE, suppliers=3), ("solved-by-many", 0.4), redeemed(ELSEWHERE, suppliers=2)),
    ("solved_by_many", redeemed(ELSEWHERE, suppliers=9), ("solved-by-many", 0.4), redeemed("127.0.0.1", suppliers=9)),
    ("family_shopping", seen(shunned=3), ("family-shopping", 0.2), seen(shunned=2)),
    ("family_shopping", seen(shunned=8), ("family-shopping", 0.5), seen(shunned=0)),
    ("superhuman_accuracy", seen(answers=64, right=64), ("superhuman-accuracy", 0.3), seen(answers=64, right=63)),
    ("superhuman_accuracy", seen(answers=54, right=54), ("superhuman-accuracy", 0.3), seen(answers=20, right=20)),
]
BY_NAME = {rule.__name__: rule for rule in RULES}


@pytest.mark.parametrize(("name", "evidence", "found", "innocent"), FINDINGS)
def test_a_rule_finds_what_it_is_for_and_nothing_beside(
    name: str, evidence: Evidence, found: tuple[str, float], innocent: Evidence
) -> None:
    finding = BY_NAME[name](evidence)
    assert finding is not None
    assert (finding.reason, round(finding.weight, 9)) == found
    assert finding.evidence
    assert BY_NAME[name](innocent) is None


def test_no_rule_goes_untested() -> None:
    assert {name for name, *_ in FINDINGS} == set(BY_NAME)
    assert len(BY_NAME) == len(RULES) == 20


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rules_file_has_its_name_and_says_what_it_is_about(rule: Any) -> None:
    assert rule.__module__.rsplit(".", 1)[-1] == rule.__name__


@pytest.mark.parametrize(("right", "answers", "share"), [(0, 0, 0.0), (10, 10, 0.7225), (50, 100, 0.4038)])
def test_the_wilson_bound_is_the_textbooks(right: int, answers: int, share: float) -> None:
    assert surely_above(right, answers) == pytest.approx(share, abs=1e-4)
