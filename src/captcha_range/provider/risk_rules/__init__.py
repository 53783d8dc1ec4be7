"""One file per risk rule: what was observed goes in, a finding or nothing comes out. Pure."""

from captcha_range.provider.risk import Rule
from captcha_range.provider.risk_rules.address_changed import address_changed
from captcha_range.provider.risk_rules.address_velocity import address_velocity
from captcha_range.provider.risk_rules.client_hints_changed import client_hints_changed
from captcha_range.provider.risk_rules.declared_automation import declared_automation
from captcha_range.provider.risk_rules.family_shopping import family_shopping
from captcha_range.provider.risk_rules.hostname_unregistered import hostname_unregistered
from captcha_range.provider.risk_rules.late_burst import late_burst
from captcha_range.provider.risk_rules.late_redemption import late_redemption
from captcha_range.provider.risk_rules.network_velocity import network_velocity
from captcha_range.provider.risk_rules.preflight_not_kept import preflight_not_kept
from captcha_range.provider.risk_rules.same_replies import same_replies
from captcha_range.provider.risk_rules.site_surge import site_surge
from captcha_range.provider.risk_rules.solved_by_many import solved_by_many
from captcha_range.provider.risk_rules.solved_for_many import solved_for_many
from captcha_range.provider.risk_rules.solved_too_fast import solved_too_fast
from captcha_range.provider.risk_rules.solved_too_regularly import solved_too_regularly
from captcha_range.provider.risk_rules.superhuman_accuracy import superhuman_accuracy
from captcha_range.provider.risk_rules.token_replays import token_replays
from captcha_range.provider.risk_rules.unredeemed_tokens import unredeemed_tokens
from captcha_range.provider.risk_rules.user_agent_changed import user_agent_changed

RULES: tuple[Rule, ...] = (
    address_changed,
    address_velocity,
    client_hints_changed,
    declared_automation,
    family_shopping,
    hostname_unregistered,
    late_burst,
    late_redemption,
    network_velocity,
    preflight_not_kept,
    same_replies,
    site_surge,
    solved_by_many,
    solved_for_many,
    solved_too_fast,
    solved_too_regularly,
    superhuman_accuracy,
    token_replays,
    unredeemed_tokens,
    user_agent_changed,
)
