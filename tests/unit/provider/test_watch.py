"""Watch rules: what the journal warns of, and what it does not."""

import pytest

from captcha_range.provider.watch import Watched, warnings
from captcha_range.provider.watch_rules import WATCHES

BY_NAME = {watch.__name__: watch for watch in WATCHES}
WARNINGS = [
    ("secret_in_url", Watched(secret_in_url=True), Watched()),
    ("remoteip_missing", Watched(wants_remoteip=True), Watched(wants_remoteip=True, remoteip="127.0.0.1")),
    ("remoteip_missing", Watched(wants_remoteip=True), Watched(wants_remoteip=False)),
    ("tokens_never_verified", Watched(unverified=20), Watched(unverified=19)),
]


@pytest.mark.parametrize(("name", "watched", "innocent"), WARNINGS)
def test_a_watch_rule_warns_of_one_thing_only(name: str, watched: Watched, innocent: Watched) -> None:
    assert warnings(watched, WATCHES) == [BY_NAME[name](watched)]
    assert warnings(innocent, WATCHES) == []


def test_no_watch_rule_goes_untested() -> None:
    assert {name for name, *_ in WARNINGS} == set(BY_NAME)
