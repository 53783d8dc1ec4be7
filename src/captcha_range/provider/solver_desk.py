"""What a solver may ask, with its own scoped key: nothing that a stranger with a browser could not know."""

import sqlite3

import msgspec

from captcha_range.core.clock import Clock
from captcha_range.core.sqlite import Database
from captcha_range.provider.issued import picture_path
from captcha_range.provider.likenesses import Likenesses
from captcha_range.provider.sites import Sites

_BY_CHALLENGE = """
SELECT challenge, family, width, height, prompt_en, prompt_zh, picture_id FROM issued WHERE challenge = ?
"""


class SiteFacts(msgspec.Struct, frozen=True):
    """A site as a visitor of its pages could find it out."""

    sitekey: str
    origins: tuple[str, ...]
    enterprise: bool


class Attestation(msgspec.Struct, frozen=True):
    """A picture that this range issued and whose time is not over: what a person sees of it, never the answer."""

    challenge: str
    family: str
    width: int
    height: int
    prompt_en: str
    prompt_zh: str


class Resemblance(msgspec.Struct, frozen=True):
    """A picture that this range issued, that can still be answered, and that looks much like the one asked for.

    `picture` is where its visitor gets it; `distance` is in how many of 256 bits the two hashes differ.
    """

    challenge: str
    family: str
    width: int
    height: int
    prompt_en: str
    prompt_zh: str
    picture: str
    distance: int


class SolverDesk:
    """Answers the solver's questions."""

    def __init__(self, database: Database, clock: Clock, sites: Sites, likenesses: Likenesses) -> None:
        self._database = database
        self._clock = clock
        self._sites = sites
        self._likenesses = likenesses

    def site(self, sitekey: str) -> SiteFacts | None:
        """The registered site of a sitekey."""
        site = self._sites.find(sitekey)
        return None if site is None else SiteFacts(site.sitekey, site.origins, site.enterprise)

    def attest(self, digest: bytes) -> Attestation | None:
        """The challenge whose picture has exactly these pixels, if it was issued here and can still be answered."""

        def select(connection: sqlite3.Connection) -> sqlite3.Row | None:
            query = "SELECT * FROM issued WHERE digest = ? AND expires_at > ? LIMIT 1"
            row: sqlite3.Row | None = connection.execute(query, (digest, self._clock.now())).fetchone()
            return row

        row = self._database.read(select)
        return None if row is None else Attestation(*(row[name] for name in Attestation.__struct_fields__))

    def similar(self, likeness: bytes) -> list[Resemblance]:
        """The unexpired challenges whose pictures look most like this hash, nearest first; ValueError for no hash."""
        found = []
        for candidate in self._likenesses.search(likeness):
            row = self._issued(candidate.challenge)
            facts = {name: row[name] for name in Attestation.__struct_fields__}
            path = picture_path(row["picture_id"])
            found.append(Resemblance(**facts, picture=path, distance=candidate.distance))
        return found

    def _issued(self, challenge: str) -> sqlite3.Row:
        row: sqlite3.Row = self._database.read(lambda c: c.execute(_BY_CHALLENGE, (challenge,)).fetchone())
        return row
