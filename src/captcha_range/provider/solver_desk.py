"""What a solver may ask, with its own scoped key: nothing that a stranger with a browser could not know."""

import sqlite3
from typing import Any

import msgspec

from captcha_range.core.clock import Clock
from captcha_range.core.sqlite import Database
from captcha_range.provider import tokens
from captcha_range.provider.issued import picture_path
from captcha_range.provider.likenesses import Likenesses
from captcha_range.provider.sites import Sites

_WHOLE = "coalesce(part_of, challenge) AS challenge"
"""The challenge that a round's picture belongs to."""

_BY_CHALLENGE = f"""
SELECT {_WHOLE}, family, width, height, prompt_en, prompt_zh, picture_id FROM issued WHERE challenge = ?
"""  # noqa: S608 - our own names


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


class TokenFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a token: facts of its verification, none of how it was judged.

    `code` and `why` are those of the latest refusal; `score` and `reasons` those of an Enterprise site's
    verification. Times in Unix seconds.
    """

    verified: bool
    issued_at: float
    expires_at: float
    verified_at: float | None = None
    code: str | None = None
    why: str | None = None
    score: float | None = None
    reasons: tuple[str, ...] = ()


class ChallengeFacts(msgspec.Struct, frozen=True):
    """An open challenge as the visitor who got it knows it: for which site, on a page of which host."""

    challenge: str
    sitekey: str
    family: str
    hostname: str


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

    def challenge(self, challenge: str) -> ChallengeFacts | None:
        """The challenge with this id, if it was issued here and still waits for its answer."""

        where = "challenge = ? AND part_of IS NULL AND answered_at IS NULL"
        row = self._open(ChallengeFacts.__struct_fields__, where, challenge)
        return None if row is None else ChallengeFacts(*row)

    def attest(self, digest: bytes) -> Attestation | None:
        """The challenge whose picture has exactly these pixels, if it was issued here and can still be answered."""

        row = self._open((_WHOLE, *Attestation.__struct_fields__[1:]), "digest = ?", digest)
        return None if row is None else Attestation(*row)

    def similar(self, likeness: bytes) -> list[Resemblance]:
        """The unexpired challenges whose pictures look most like this hash, nearest first; ValueError for no hash."""
        found = []
        for candidate in self._likenesses.search(likeness):
            row = self._issued(candidate.challenge)
            if row is None:  # its namespace was reset meanwhile
                continue
            facts = {name: row[name] for name in Attestation.__struct_fields__}
            path = picture_path(row["picture_id"])
            found.append(Resemblance(**facts, picture=path, distance=candidate.distance))
        return found

    def _open(self, columns: tuple[str, ...], where: str, value: str | bytes) -> sqlite3.Row | None:
        """These columns, and never the picture's bytes, of a challenge whose time is not over."""
        query = f"SELECT {', '.join(columns)} FROM issued WHERE {where} AND expires_at > ? LIMIT 1"  # noqa: S608 - our own names
        values = (value, self._clock.now())
        row: sqlite3.Row | None = self._database.read(lambda c: c.execute(query, values).fetchone())
        return row

    def _issued(self, challenge: str) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._database.read(lambda c: c.execute(_BY_CHALLENGE, (challenge,)).fetchone())
        return row

    def token(self, digest: bytes) -> TokenFacts | None:
        """What became of the token with this SHA-256, if it was issued here."""

        def select(connection: sqlite3.Connection) -> TokenFacts | None:
            token = tokens.find(connection, digest)
            return None if token is None else _token_facts(token, _told(connection, digest))

        return self._database.read(select)


def _told(connection: sqlite3.Connection, digest: bytes) -> dict[str, dict[str, Any]]:
    """The facts of the token's latest verification and of its latest refusal."""
    query = """
        SELECT event, facts FROM journal
        WHERE subject = ? AND event IN ('TokenVerified', 'TokenRefused') ORDER BY number
    """
    rows = connection.execute(query, (digest.hex()[:16],))
    return {row["event"]: msgspec.json.decode(row["facts"]) for row in rows}


def _token_facts(token: tokens.Token, told: dict[str, dict[str, Any]]) -> TokenFacts:
    accepted, refused = told.get("TokenVerified", {}), told.get("TokenRefused", {})
    reasons = tuple(finding["reason"] for finding in accepted.get("findings", ()))
    return TokenFacts(
        verified=token.used_at is not None,
        issued_at=token.issued_at,
        expires_at=token.issued_at + tokens.LIFETIME,
        verified_at=token.used_at,
        code=refused.get("code"),
        why=refused.get("why"),
        score=accepted.get("score"),
        reasons=reasons or (("safe",) if "score" in accepted else ()),
    )
