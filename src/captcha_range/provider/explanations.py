"""Why siteverify refused, in plain words and with the nearest miss: what nearly fitted, and how to mend it.

They are for the journal. No explanation repeats input; what it may name is what the range itself knows.
"""

import sqlite3
from collections.abc import Collection
from urllib.parse import unquote

from captcha_range.provider import tokens
from captcha_range.provider.sites import SITEKEY, Site, Sites, digest_of_secret

_OTHER_NAMES = {
    "response": ("h-captcha-response", "g-recaptcha-response", "token", "captcha"),
    "secret": ("secret_key", "secretKey", "private_key", "sitekey"),
}
_FORM = {
    "invalid-sitekey": "sitekey: is not a UUID; send the public key of the site, or leave the field out",
    "invalid-remoteip": "remoteip: is not an IP address; send one address without a port, or leave the field out",
    "bad-request": "max_age must be whole seconds, remoteip_strictness off, low or high, and the form UTF-8",
}


def why_of_form(codes: Collection[str], fields: dict[str, str]) -> str:
    """Why the form alone was refused."""
    return "; ".join(_FORM[code] if code in _FORM else _missing(code, fields) for code in codes)


def _missing(code: str, fields: dict[str, str]) -> str:
    name = code.removeprefix("missing-input-")
    if name in fields:
        return f"{name}: was empty"
    for other in _OTHER_NAMES[name]:
        if fields.get(other):
            return f"{name}: did not come, but `{other}` did; send it as `{name}`"
    return f"{name}: did not come"


def why_unknown_token(connection: sqlite3.Connection, text: str, sites: Sites) -> str:
    """Why a text is no token of this provider."""
    if text.startswith("E0_"):
        return "that is a response key (getRespKey); send the token (getResponse)"
    if SITEKEY.fullmatch(text):
        return "that is a sitekey or another UUID, not a token"
    if _is_issued(connection, text.strip(" \t\r\n\"'")):
        return "the token would be good without the blanks or quotes around it"
    if _is_issued(connection, unquote(text)):
        return "the token would be good if it were percent-encoded once, not twice"
    if text.startswith(("P0_eyJ", "P1_eyJ")):
        return "it looks like a token of the live service; this range knows only its own"
    lengths = {tokens.length(site.token_length) for site in sites.all()}
    if text.startswith("P1_") and lengths and len(text) not in lengths:
        whole = ", ".join(map(str, sorted(lengths)))
        return f"it begins like a token but has {len(text)} characters, not {whole}: was it cut on its way?"
    return "this provider did not issue the token"


def _is_issued(connection: sqlite3.Connection, text: str) -> bool:
    return tokens.find(connection, tokens.digest_of_token(text)) is not None


def why_unknown_secret(secret: str, sites: Sites) -> str:
    """Why a text is no site's secret (any more)."""
    former = sites.former_owner(digest_of_secret(secret))
    if former is not None:
        return f"that secret of sitekey {former} was retired; send the new one"
    owners = sites.owners(digest_of_secret(secret.strip(" \t\r\n\"'")))
    if owners:
        return f"it would be the secret of {_named(owners)} without the blanks or quotes around it"
    if sites.find(secret) is not None:
        return "a sitekey came as the secret; send the secret that was shown when the site was registered"
    return "no site has this secret; the token itself is good"


def why_mismatch(site: Site, secret_digest: bytes, sites: Sites) -> str:
    """Why a good token and a known secret do not go together."""
    owners = _named(sites.owners(secret_digest))
    return f"the token is valid, but was issued for sitekey {site.sitekey}; you sent the secret of {owners}"


def why_unexpected(site: Site, expected: str, sites: Sites) -> str:
    """Why the expected sitekey is not the token's."""
    if sites.find(expected) is None:
        return f"the token is valid for sitekey {site.sitekey}; the expected sitekey is nobody's"
    return f"the token is valid, but was issued for sitekey {site.sitekey}; you expected {expected}"


def _named(sites: Collection[Site]) -> str:
    return " and ".join(f"sitekey {site.sitekey} ({site.name})" for site in list(sites)[:3])
