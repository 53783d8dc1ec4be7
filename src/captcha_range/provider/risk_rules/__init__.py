"""One file per risk rule: what was observed goes in, a finding or nothing comes out. Pure."""

from captcha_range.provider.risk import Rule
from captcha_range.provider.risk_rules.address_changed import address_changed
from captcha_range.provider.risk_rules.preflight_not_kept import preflight_not_kept
from captcha_range.provider.risk_rules.solved_too_fast import solved_too_fast
from captcha_range.provider.risk_rules.token_replays import token_replays
from captcha_range.provider.risk_rules.user_agent_changed import user_agent_changed

RULES: tuple[Rule, ...] = (
    address_changed,
    preflight_not_kept,
    solved_too_fast,
    token_replays,
    user_agent_changed,
)
