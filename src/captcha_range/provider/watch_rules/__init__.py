"""One file per watch rule: what was watched goes in, a warning or nothing comes out. Pure."""

from captcha_range.provider.watch import Watch
from captcha_range.provider.watch_rules.remoteip_missing import remoteip_missing
from captcha_range.provider.watch_rules.secret_in_url import secret_in_url
from captcha_range.provider.watch_rules.tokens_never_verified import tokens_never_verified

WATCHES: tuple[Watch, ...] = (
    remoteip_missing,
    secret_in_url,
    tokens_never_verified,
)
