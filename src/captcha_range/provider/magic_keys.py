"""Magic keys: a sitekey and a token for every scenario, beside the official test keys (spec/provider §6).

They are constants, as the test keys are, and no site's: the solver knows no such site, and a magic token that
means a pass is good with the magic secret only.
"""

from typing import Final

from captcha_range.provider.scenarios import SCENARIOS, Scenario
from captcha_range.provider.sites import Site

MAGIC_SECRET: Final = "0x5ce4a210" + "0" * 32
MAGIC_HOSTNAME: Final = "localhost"


def magic_sitekey(scenario: Scenario) -> str:
    """The sitekey whose widget plays the scenario, or gives the token that makes siteverify play it."""
    return f"5ce4a210-ffff-4fff-8fff-{scenario.number:012d}"


def magic_token(scenario: Scenario) -> str:
    """The token that makes siteverify play the scenario."""
    return f"5ce4a210-aaaa-4bbb-8ccc-{scenario.number:012d}"


MAGIC_TOKENS: Final = {magic_token(scenario): scenario for scenario in SCENARIOS if scenario.at == "siteverify"}
MAGIC_SITEKEYS: Final = {magic_sitekey(scenario): scenario for scenario in SCENARIOS}
MAGIC_SITES: Final = {
    sitekey: Site(sitekey=sitekey, name=f"magic: {scenario.name}", origins=(), level=1)
    for sitekey, scenario in MAGIC_SITEKEYS.items()
}
PASS_TOKEN: Final = magic_token(SCENARIOS[0])
"""What a magic sitekey's widget gives for a pass, unless its scenario is of siteverify."""


def token_of_sitekey(sitekey: str) -> str:
    """The constant token that the widget of a magic sitekey gives."""
    scenario = MAGIC_SITEKEYS[sitekey]
    return magic_token(scenario) if scenario.at == "siteverify" else PASS_TOKEN
