"""Sites: who may show the widget, with which secret their server verifies, and how hard they are asked."""

import hashlib
import re
import sqlite3
from functools import lru_cache

import msgspec

from captcha_range.challenges.composition import MOST_ROUNDS
from captcha_range.core.errors import RangeError
from captcha_range.core.ids import new_secret_hex, new_uuid
from captcha_range.core.lab_nets import Fence, parse_address
from captcha_range.core.origins import OriginInvalid, parse_origin
from captcha_range.core.sqlite import Database
from captcha_range.provider.test_keys import DUMMY_SECRET, TEST_SITES

SITEKEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
DETAILS = ("behavior_counts", "ekey", "risk_insights", "scoped_uid", "sigs", "similarity", "tags")
"""Further fields of an Enterprise verdict that a site can ask for (spec/provider §4)."""
TOKEN_LENGTHS = (100, 8_000)
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

    `origins` are compared exactly as (scheme, host, port); `mode` is one of `MODES`; `rounds` (1 … 3) is
    how many small challenges in a row make one of the site's. `fraction_digits` (3 or 6) is how finely
    `challenge_ts` is given; `merged_seen_code` answers the older `invalid-or-already-seen-response`.
    `token_length` counts the characters of a token after its prefix; `details` are the further fields of an
    Enterprise verdict (`DETAILS`). `draws_as` names the stream of its challenges; empty is the sitekey.
    """

    sitekey: str
    name: str
    origins: tuple[str, ...]
    enterprise: bool = False
    level: int = 2
    families: tuple[str, ...] = ("odd_one_out", "grid")
    rounds: int = 1
    mode: str = "always_challenge"
    require_remoteip: bool = False
    merged_seen_code: bool = False
    fraction_digits: int = 6
    token_length: int = 1_600
    details: tuple[str, ...] = ()
    namespace: str = ""
    draws_as: str = ""


class SiteOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator gives to register a site; what is left out is drawn or takes the default."""

    origins: tuple[str, ...]
    name: str = ""
    sitekey: str | None = None
    secret: str | None = None
    enterprise: bool = False
    level: int = 2
    families: tuple[str, ...] = ("odd_one_out", "grid")
    rounds: int = 1
    mode: str = "always_challenge"
    require_remoteip: bool = False
    merged_seen_code: bool = False
    fraction_digits: int = 6
    token_length: int = 1_600
    details: tuple[str, ...] = ()
    namespace: str = ""
    draws_as: str = ""


class SecretOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is given to rotate a secret; one is drawn if none is."""

    secret: str | None = None


@lru_cache(maxsize=1_024)
def hosts_of(origins: tuple[str, ...]) -> frozenset[str]:
    """The hosts of a site's pages."""
    return frozenset(parse_origin(origin).host for origin in origins)


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
    if not 1 <= order.rounds <= MOST_ROUNDS:
        raise SiteInvalid(f"rounds: must be 1 … {MOST_ROUNDS}")
    if order.mode not in MODES:
        raise SiteInvalid(f"mode: choose from {', '.join(MODES)}")
    _check_options(order)
    site = Site(
        sitekey=sitekey,
        name=order.name or "unnamed",
        origins=tuple(_checked_origin(origin, fence) for origin in order.origins),
        enterprise=order.enterprise,
        level=order.level,
        families=order.families,
        rounds=order.rounds,
        mode=order.mode,
        require_remoteip=order.require_remoteip,
        merged_seen_code=order.merged_seen_code,
        fraction_digits=order.fraction_digits,
        token_length=order.token_length,
        details=tuple(sorted(set(order.details))),
        namespace=order.namespace,
        draws_as=order.draws_as,
    )
    return site, secret


def _check_options(order: SiteOrder) -> None:
    if order.fraction_digits not in (3, 6):
        raise SiteInvalid("fraction_digits: must be 3 or 6")
    least, most = TOKEN_LENGTHS
    if not least <= order.token_length <= most:
        raise SiteInvalid(f"token_length: must be {least} … {most}")
    if not set(order.details) <= set(DETAILS):
        raise SiteInvalid(f"details: choose from {', '.join(DETAILS)}")
    if order.details and not order.enterprise:
        raise SiteInvalid("details: are of an Enterprise verdict; set enterprise too")


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
    """All sites, kept in memory: they are few, and every request asks for one.

    A site has one secret, and for as long as a rotation lasts the one before it too.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sites: dict[str, Site] = {}
        self._secrets: dict[str, tuple[bytes, ...]] = {}
        self._owners: dict[bytes, tuple[str, ...]] = {}
        query = "SELECT digest, sitekey FROM retired_secrets"
        self._retired: dict[bytes, str] = dict(database.read(lambda c: c.execute(query).fetchall()))
        for row in database.read(lambda c: c.execute("SELECT * FROM sites ORDER BY rowid").fetchall()):
            digests = (row["secret_digest"], row["former_digest"])
            self._remember(msgspec.json.decode(row["site"], type=Site), tuple(each for each in digests if each))

    def all(self) -> list[Site]:
        """Every site, in the order of registration."""
        return list(self._sites.values())

    def of_namespace(self, namespace: str) -> list[Site]:
        """The sites of a namespace, in the order of registration."""
        return [site for site in self._sites.values() if site.namespace == namespace]

    def find(self, sitekey: str) -> Site | None:
        """The site of a sitekey, in whatever case it is written."""
        return self._sites.get(sitekey.lower())

    def secret_digest(self, site: Site) -> bytes:
        """The digest of the site's latest secret."""
        return self._secrets[site.sitekey][0]

    def accepts(self, site: Site, digest: bytes) -> bool:
        """Whether the secret with this digest is the site's, or was until a rotation that is not completed."""
        return digest in self._secrets[site.sitekey]

    def knows_secret(self, digest: bytes) -> bool:
        """Whether the secret with this digest belongs to any site."""
        return digest in self._owners

    def owners(self, digest: bytes) -> list[Site]:
        """The sites whose secret has this digest."""
        # The writer asks too, and the event loop may have forgotten a site meanwhile.
        found = (self._sites.get(sitekey) for sitekey in self._owners.get(digest, ()))
        return [site for site in found if site is not None]

    def former_owner(self, digest: bytes) -> str | None:
        """The sitekey whose secret this was until it was retired."""
        return self._retired.get(digest)

    async def add(self, site: Site, secret: str) -> None:
        """Register a site. SiteInvalid if the sitekey is taken."""
        digest = digest_of_secret(secret)
        values = (site.sitekey, digest, msgspec.json.encode(site).decode())

        def insert(connection: sqlite3.Connection) -> None:
            try:
                connection.execute("INSERT INTO sites (sitekey, secret_digest, site) VALUES (?, ?, ?)", values)
            except sqlite3.IntegrityError:
                raise SiteInvalid("sitekey: is registered already") from None

        await self._database.write(insert)
        self._remember(site, (digest,))

    async def rotate_secret(self, sitekey: str, secret: str | None = None) -> str:
        """A new secret for a site; the one before stays good until `retire_secret` or the next rotation.

        SiteUnknown, SiteInvalid.
        """
        site, secret = self._known(sitekey), secret or new_secret_hex("0x")
        if not SECRET.fullmatch(secret) or secret == DUMMY_SECRET:
            raise SiteInvalid("secret: must be 20 … 200 printable ASCII characters without spaces, and not a test key")
        latest, *former = self._secrets[site.sitekey]
        digest = digest_of_secret(secret)
        if digest == latest:
            raise SiteInvalid("secret: is the site's secret already; send another, or none to have one drawn")
        await self._database.write(lambda c: _set_secrets(c, site.sitekey, digest, latest, former))
        self._exchange(site, (digest, latest), former)
        return secret

    async def retire_secret(self, sitekey: str) -> None:
        """Complete a rotation: the secret before the latest is refused from now on. SiteUnknown."""
        site = self._known(sitekey)
        latest, *former = self._secrets[site.sitekey]
        await self._database.write(lambda c: _set_secrets(c, site.sitekey, latest, None, former))
        self._exchange(site, (latest,), former)

    async def remove(self, sitekey: str) -> None:
        """Forget a site; its tokens are refused from now on. SiteUnknown if there is none."""
        site = self._known(sitekey)
        await self._database.write(lambda c: c.execute("DELETE FROM sites WHERE sitekey = ?", (site.sitekey,)))
        self.forget(site)

    def _known(self, sitekey: str) -> Site:
        site = self.find(sitekey)
        if site is None:
            raise SiteUnknown("sitekey: no such site")
        return site

    def _remember(self, site: Site, digests: tuple[bytes, ...]) -> None:
        self._sites[site.sitekey] = site
        self._secrets[site.sitekey] = digests
        for digest in digests:
            self._owners[digest] = (*self._owners.get(digest, ()), site.sitekey)

    def _exchange(self, site: Site, digests: tuple[bytes, ...], retired: list[bytes]) -> None:
        sites = dict(self._sites)
        self.forget(site)
        self._remember(site, digests)
        self._sites = {sitekey: self._sites[sitekey] for sitekey in sites}  # in the order of registration
        self._retired.pop(digests[0], None)
        self._retired |= dict.fromkeys(retired, site.sitekey)

    def forget(self, site: Site) -> None:
        """Forget a site that was deleted from the store; a verification in the writer may still ask for its secret."""
        self._sites.pop(site.sitekey, None)
        for digest in self._secrets[site.sitekey]:
            left = tuple(sitekey for sitekey in self._owners.get(digest, ()) if sitekey != site.sitekey)
            if left:
                self._owners[digest] = left
            else:
                self._owners.pop(digest, None)


def _set_secrets(
    connection: sqlite3.Connection, sitekey: str, latest: bytes, former: bytes | None, retired: list[bytes]
) -> None:
    values = (latest, former, sitekey)
    connection.execute("UPDATE sites SET secret_digest = ?, former_digest = ? WHERE sitekey = ?", values)
    connection.execute("DELETE FROM retired_secrets WHERE digest = ?", (latest,))
    for digest in retired:
        connection.execute("INSERT OR IGNORE INTO retired_secrets VALUES (?, ?)", (digest, sitekey))
