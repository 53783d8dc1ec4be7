"""Sites: who may show the widget, with which secret their server verifies, and how hard they are asked."""

import hashlib
import re
import sqlite3

import msgspec

from captcha_range.core.errors import RangeError
from captcha_range.core.ids import new_secret_hex, new_uuid
from captcha_range.core.lab_nets import Fence, parse_address
from captcha_range.core.origins import OriginInvalid, parse_origin
from captcha_range.core.sqlite import Database
from captcha_range.provider.test_keys import DUMMY_SECRET, TEST_SITES

SITEKEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
SECRET = re.compile(r"[!-~]{20,200}", re.ASCII)


MODES = ("always_challenge", "mostly_passive", "passive")
"""Who is challenged: everybody; whom a risk rule finds suspicious, and one in a thousand; nobody."""


class SiteInvalid(RangeError):
    """A site's field cannot be taken; the message names it and what would be right."""

    code = "site_invalid"


class SiteUnknown(RangeError):
    """There is no site with this sitekey; register it first."""

    code = "site_unknown"


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A registered site.

    `origins` are compared exactly as (scheme, host, port); `mode` is one of `MODES`. `fraction_digits` (3 or 6)
    is how finely `challenge_ts` is given; `merged_seen_code` answers the older `invalid-or-already-seen-response`.
    """

    sitekey: str
    name: str
    origins: tuple[str, ...]
    enterprise: bool = False
    level: int = 2
    families: tuple[str, ...] = ("odd_one_out", "grid")
    mode: str = "always_challenge"
    require_remoteip: bool = False
    merged_seen_code: bool = False
    fraction_digits: int = 6


class SiteOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator gives to register a site; what is left out is drawn or takes the default."""

    origins: tuple[str, ...]
    name: str = ""
    sitekey: str | None = None
    secret: str | None = None
    enterprise: bool = False
    level: int = 2
    families: tuple[str, ...] = ("odd_one_out", "grid")
    mode: str = "always_challenge"
    require_remoteip: bool = False
    merged_seen_code: bool = False
    fraction_digits: int = 6


def digest_of_secret(secret: str) -> bytes:
    """How a secret is stored: it carries 160 random bits, so a plain hash suffices."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def plan_site(order: SiteOrder, fence: Fence, families: tuple[str, ...]) -> tuple[Site, str]:
    """The site that an order describes, and its secret. SiteInvalid names the first wrong field."""
    sitekey = (order.sitekey or new_uuid()).lower()
    secret = order.secret or new_secret_hex("0x")
    if not SITEKEY.fullmatch(sitekey):
        raise SiteInvalid("sitekey: must be a UUID")
    if sitekey in TEST_SITES or secret == DUMMY_SECRET:
        raise SiteInvalid("sitekey, secret: the official test keys are built in and cannot be registered")
    if not SECRET.fullmatch(secret):
        raise SiteInvalid("secret: must be 20 … 200 printable ASCII characters without spaces")
    if not order.origins:
        raise SiteInvalid("origins: name at least one, such as http://127.0.0.1:5000")
    if not 1 <= order.level <= 5:
        raise SiteInvalid("level: must be 1 … 5")
    if not order.families or not set(order.families) <= set(families):
        raise SiteInvalid(f"families: choose from {', '.join(families)}")
    if order.mode not in MODES:
        raise SiteInvalid(f"mode: choose from {', '.join(MODES)}")
    if order.fraction_digits not in (3, 6):
        raise SiteInvalid("fraction_digits: must be 3 or 6")
    site = Site(
        sitekey=sitekey,
        name=order.name or "unnamed",
        origins=tuple(_checked_origin(origin, fence) for origin in order.origins),
        enterprise=order.enterprise,
        level=order.level,
        families=order.families,
        mode=order.mode,
        require_remoteip=order.require_remoteip,
        merged_seen_code=order.merged_seen_code,
        fraction_digits=order.fraction_digits,
    )
    return site, secret


def _checked_origin(text: str, fence: Fence) -> str:
    try:
        origin = parse_origin(text)
    except OriginInvalid as error:
        raise SiteInvalid(f"origins: {error}") from None
    if parse_address(origin.host) is not None and not fence.contains(origin.host):
        raise SiteInvalid(
            f"origins: the address {origin.host} is outside the range; use loopback, or name its private "
            "network in lab_nets"
        )
    return str(origin)


class Sites:
    """All sites, kept in memory: they are few, and every request asks for one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sites: dict[str, Site] = {}
        self._secrets: dict[str, bytes] = {}
        self._known_secrets: set[bytes] = set()
        for row in database.read(lambda c: c.execute("SELECT * FROM sites ORDER BY rowid").fetchall()):
            self._remember(msgspec.json.decode(row["site"], type=Site), row["secret_digest"])

    def all(self) -> list[Site]:
        """Every site, in the order of registration."""
        return list(self._sites.values())

    def find(self, sitekey: str) -> Site | None:
        """The site of a sitekey, in whatever case it is written."""
        return self._sites.get(sitekey.lower())

    def secret_digest(self, site: Site) -> bytes:
        return self._secrets[site.sitekey]

    def knows_secret(self, digest: bytes) -> bool:
        """Whether the secret with this digest belongs to any site."""
        return digest in self._known_secrets

    async def add(self, site: Site, secret: str) -> None:
        """Register a site. SiteInvalid if the sitekey is taken."""
        digest = digest_of_secret(secret)
        values = (site.sitekey, digest, msgspec.json.encode(site).decode())

        def insert(connection: sqlite3.Connection) -> None:
            try:
                connection.execute("INSERT INTO sites VALUES (?, ?, ?)", values)
            except sqlite3.IntegrityError:
                raise SiteInvalid("sitekey: is registered already") from None

        await self._database.write(insert)
        self._remember(site, digest)

    async def remove(self, sitekey: str) -> None:
        """Forget a site; its tokens are refused from now on. SiteUnknown if there is none."""
        site = self.find(sitekey)
        if site is None:
            raise SiteUnknown("sitekey: no such site")
        await self._database.write(lambda c: c.execute("DELETE FROM sites WHERE sitekey = ?", (site.sitekey,)))
        # Another request may have removed it meanwhile; a verification in the writer may still ask for its secret.
        self._sites.pop(site.sitekey, None)
        self._known_secrets = {self._secrets[each] for each in self._sites}

    def _remember(self, site: Site, secret_digest: bytes) -> None:
        self._sites[site.sitekey] = site
        self._secrets[site.sitekey] = secret_digest
        self._known_secrets.add(secret_digest)
