"""`POST /siteverify`: is this token good? Every check and error code of spec/provider §4, in its order."""

import re
import sqlite3
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from captcha_range.core import journal
from captcha_range.core.clock import Clock
from captcha_range.core.ids import new_uuid
from captcha_range.core.lab_nets import parse_address
from captcha_range.core.regions import Regions
from captcha_range.core.sqlite import Database
from captcha_range.provider import tokens
from captcha_range.provider.meters import ACCEPTED, Meters
from captcha_range.provider.replays import Replays
from captcha_range.provider.risk import Assessment, Evidence, assess
from captcha_range.provider.risk_rules import RULES
from captcha_range.provider.sites import SITEKEY, Site, Sites, digest_of_secret
from captcha_range.provider.test_keys import DUMMY_HOSTNAME, DUMMY_SECRET, TEST_SITES, TEST_TOKENS, TestSite

Verdict = dict[str, Any]
"""The JSON object of an answer."""

_MAX_AGE = re.compile(r"[0-9]{1,9}", re.ASCII)


class Query(NamedTuple):
    """A well-formed question. `remoteip` is an address in its plain form; `sitekey` is lower-case."""

    response: str
    secret: str
    remoteip: str | None
    sitekey: str | None
    max_age: float


class Refusal(NamedTuple):
    """Why a token was refused: the wire's code, and for the journal the reason in plain words."""

    code: str
    why: str


def parse_fields(body: bytes, query_string: bytes) -> dict[str, str] | None:
    """The fields of a form and of the query string, the first of each name counting; None if malformed."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100)
        if query_string:
            pairs += parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return None
    return dict(reversed(pairs))


def parse_query(fields: dict[str, str]) -> Query | list[str]:
    """The question, or the error codes that its form alone earns."""
    response, secret = fields.get("response", ""), fields.get("secret", "")
    missing = [f"missing-input-{name}" for name, value in (("response", response), ("secret", secret)) if not value]
    if missing:
        return missing
    sitekey = fields.get("sitekey") or None
    if sitekey is not None and not SITEKEY.fullmatch(sitekey):
        return ["invalid-sitekey"]
    remoteip = fields.get("remoteip") or None
    address = None if remoteip is None else parse_address(remoteip)
    if remoteip is not None and address is None:
        return ["invalid-remoteip"]
    max_age = fields.get("max_age") or None
    if max_age is not None and not _MAX_AGE.fullmatch(max_age):
        return ["bad-request"]
    return Query(
        response=response,
        secret=secret,
        remoteip=None if address is None else str(address),
        sitekey=None if sitekey is None else sitekey.lower(),
        # A token never outlives its 120 s: `max_age` can only ask for a fresher one.
        max_age=tokens.LIFETIME if max_age is None else min(tokens.LIFETIME, float(max_age)),
    )


def decide(query: Query, token: tokens.Token | None, sites: Sites, now: float) -> Refusal | Site:
    """The site whose good, unused token this is, or the refusal. Pure; the token is used up elsewhere."""
    site = None if token is None else sites.find(token.sitekey)
    if token is None or site is None:
        return Refusal("invalid-input-response", "this provider did not issue the token, or its site was removed")
    if token.used_at is not None:
        return _seen(site, f"verified before, {now - token.used_at:.1f} s ago")
    age = now - token.issued_at
    if age >= query.max_age:
        return Refusal("expired-input-response", f"{age:.1f} s old; it lived {query.max_age:.0f} s")
    return _decide_for_site(query, site, sites)


def _decide_for_site(query: Query, site: Site, sites: Sites) -> Refusal | Site:
    secret = digest_of_secret(query.secret)
    if not sites.knows_secret(secret):
        return Refusal("invalid-input-secret", "no site has this secret")
    if secret != sites.secret_digest(site):
        return Refusal(
            "sitekey-secret-mismatch",
            f"the token was issued for sitekey {site.sitekey}, another site's secret came",
        )
    if query.sitekey is not None and query.sitekey != site.sitekey:
        expected = sites.find(query.sitekey)
        if expected is not None and sites.secret_digest(expected) == secret:
            return Refusal(
                "invalid-input-response",
                f"the token was issued for sitekey {site.sitekey}, not the expected one",
            )
        return Refusal("sitekey-secret-mismatch", "the expected sitekey belongs to another secret")
    if site.require_remoteip and query.remoteip is None:
        return Refusal("missing-remoteip", "the site requires remoteip")
    return site


def _seen(site: Site, why: str) -> Refusal:
    code = "invalid-or-already-seen-response" if site.merged_seen_code else "already-seen-response"
    return Refusal(code, why)


class Siteverify:
    """Verifies tokens: reads, decides, uses the token up and writes the journal in one transaction."""

    def __init__(
        self, database: Database, clock: Clock, sites: Sites, replays: Replays, regions: Regions, meters: Meters
    ) -> None:
        self._database = database
        self._clock = clock
        self._sites = sites
        self._replays = replays
        self._regions = regions
        self._meters = meters

    async def verify(self, fields: dict[str, str]) -> Verdict:
        """The verdict on a request's fields. StoreUnavailable if its outcome is unknown."""
        query = parse_query(fields)
        if isinstance(query, list):
            verdict = refused(*query)
        elif query.response in TEST_TOKENS or query.secret == DUMMY_SECRET:
            verdict = self._verify_test_key(query, TEST_TOKENS.get(query.response))
        else:
            claim = new_uuid()
            verdict = await self._database.write(lambda connection: self._verify(connection, query, claim))
        self._meters.siteverify.add(verdict["error-codes"][0] if "error-codes" in verdict else ACCEPTED)
        return verdict

    def _verify_test_key(self, query: Query, test_site: TestSite | None) -> Verdict:
        if test_site is None:
            return refused("not-using-dummy-passcode")
        when = timestamp(self._clock.now(), 6)
        if query.secret != DUMMY_SECRET:
            body = {"credit": False, "hostname": DUMMY_HOSTNAME, "challenge_ts": when}
            return {**refused("not-using-dummy-secret"), **body}
        if query.sitekey is not None and query.sitekey not in TEST_SITES:
            return refused("sitekey-secret-mismatch")
        if test_site.score is None:
            return publisher_verdict(DUMMY_HOSTNAME, when)
        return enterprise_verdict(DUMMY_HOSTNAME, test_site.sitekey, when, test_site.score, test_site.reasons)

    def _verify(self, connection: sqlite3.Connection, query: Query, claim: str) -> Verdict:
        now = self._clock.now()
        digest = tokens.digest_of_token(query.response)
        token = tokens.find(connection, digest)
        outcome = decide(query, token, self._sites, now)
        if isinstance(outcome, Site) and not tokens.use(connection, digest, claim, now, query.max_age):
            outcome = _seen(outcome, "verified by another request at the same moment")
        subject = digest.hex()[:16]
        if isinstance(outcome, Refusal):
            self._note_refusal(connection, query, token, outcome, subject, now)
            return refused(outcome.code)
        assert token is not None  # noqa: S101 - decide() names a site only for a token
        return self._accept(connection, query, token, outcome, subject, now)

    def _note_refusal(
        self,
        connection: sqlite3.Connection,
        query: Query,
        token: tokens.Token | None,
        refusal: Refusal,
        subject: str,
        now: float,
    ) -> None:
        if token is not None and refusal.code.endswith("already-seen-response"):
            self._note_replay(connection, query, token, now)
        sitekey = None if token is None else token.sitekey
        facts = {"sitekey": sitekey, "code": refusal.code, "why": refusal.why}
        journal.append(connection, now, "TokenRefused", subject, facts)

    def _note_replay(self, connection: sqlite3.Connection, query: Query, token: tokens.Token, now: float) -> None:
        """Count it against the address, if the site itself asks: others must not be able to spoil a score."""
        site = self._sites.find(token.sitekey)
        if site is not None and self._sites.secret_digest(site) == digest_of_secret(query.secret):
            self._replays.note(connection, token.passage.answered.address, now)

    def _accept(
        self,
        connection: sqlite3.Connection,
        query: Query,
        token: tokens.Token,
        site: Site,
        subject: str,
        now: float,
    ) -> Verdict:
        when = timestamp(token.issued_at, site.fraction_digits)
        facts = {"sitekey": site.sitekey, "hostname": token.hostname}
        if not site.enterprise:
            journal.append(connection, now, "TokenVerified", subject, facts)
            return publisher_verdict(token.hostname, when)
        risk = self._assess(connection, query, token, now)
        findings = [finding._asdict() for finding in risk.findings]
        journal.append(connection, now, "TokenVerified", subject, {**facts, "score": risk.score, "findings": findings})
        return enterprise_verdict(token.hostname, site.sitekey, when, risk.score, risk.reasons)

    def _assess(self, connection: sqlite3.Connection, query: Query, token: tokens.Token, now: float) -> Assessment:
        passage = token.passage
        evidence = Evidence(
            passage=passage,
            remoteip=query.remoteip,
            remote_region=None if query.remoteip is None else self._regions.of(query.remoteip),
            recent_replays=self._replays.recent(connection, passage.answered.address, now),
        )
        return assess(evidence, RULES)


def refused(*codes: str) -> Verdict:
    return {"success": False, "error-codes": list(codes)}


def publisher_verdict(hostname: str, when: str) -> Verdict:
    return {"success": True, "credit": False, "hostname": hostname, "challenge_ts": when}


def enterprise_verdict(hostname: str, sitekey: str, when: str, score: float, reasons: tuple[str, ...]) -> Verdict:
    return {
        "success": True,
        "hostname": hostname,
        "sitekey": sitekey,
        "challenge_ts": when,
        "score": score,
        "score_reason": list(reasons),
    }


def timestamp(at: float, fraction_digits: int) -> str:
    """ISO 8601 in UTC with `Z`, with 3 or 6 fraction digits."""
    timespec = "milliseconds" if fraction_digits == 3 else "microseconds"
    return datetime.fromtimestamp(at, UTC).replace(tzinfo=None).isoformat(timespec=timespec) + "Z"
