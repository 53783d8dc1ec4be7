"""`POST /siteverify`: is this token good? Every check and error code of spec/provider §4, in its order."""

import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple

from captcha_range.core import journal
from captcha_range.core.clock import Clock
from captcha_range.core.ids import new_claim
from captcha_range.core.regions import Regions
from captcha_range.core.sqlite import Database
from captcha_range.provider import tokens
from captcha_range.provider.calls import Calls
from captcha_range.provider.details import Account, Details
from captcha_range.provider.explanations import (
    why_mismatch,
    why_of_form,
    why_unexpected,
    why_unknown_secret,
    why_unknown_token,
)
from captcha_range.provider.magic_keys import MAGIC_HOSTNAME, MAGIC_SECRET
from captcha_range.provider.meters import ACCEPTED, Meters
from captcha_range.provider.namespaces import Namespaces, scoped
from captcha_range.provider.questions import Query, parse_query
from captcha_range.provider.replays import Replays
from captcha_range.provider.risk import Assessment, Evidence, Rule, assess
from captcha_range.provider.risk_rules import RULES
from captcha_range.provider.scenarios import Scenario
from captcha_range.provider.sites import Site, Sites, digest_of_secret, hosts_of
from captcha_range.provider.stagings import Playing
from captcha_range.provider.test_keys import DUMMY_HOSTNAME, DUMMY_SECRET, TEST_SITES, TEST_TOKENS, TestSite
from captcha_range.provider.traffic import Redemption
from captcha_range.provider.verdicts import Verdict, changed, enterprise_verdict, publisher_verdict, refused, timestamp
from captcha_range.provider.watch import Watched, warnings
from captcha_range.provider.watch_rules import WATCHES

CALL = "siteverify"


class Refusal(NamedTuple):
    """Why a token was refused: the wire's code, and for the journal the reason in plain words."""

    code: str
    why: str


class Asked(NamedTuple):
    """A question, the time in its namespace, the start of its token's digest, and what the journal notes beside."""

    query: Query
    now: float
    subject: str
    notes: dict[str, Any]


def decide(query: Query, token: tokens.Token | None, sites: Sites, now: float) -> Refusal | Site:
    """The site whose good, unused token this is, or the refusal. Pure; the token is used up elsewhere."""
    if token is None:
        return Refusal("invalid-input-response", "this provider did not issue the token")
    site = sites.find(token.sitekey)
    if site is None:
        return Refusal("invalid-input-response", f"the token's site, sitekey {token.sitekey}, was removed")
    if token.used_at is not None:
        return _seen(site, f"verified before, {now - token.used_at:.1f} s ago")
    age = now - token.issued_at
    if age >= query.max_age:
        return Refusal("expired-input-response", f"{age:.1f} s old; it lived {query.max_age:.0f} s")
    return _decide_for_site(query, site, sites)


def _decide_for_site(query: Query, site: Site, sites: Sites) -> Refusal | Site:
    secret = digest_of_secret(query.secret)
    if not sites.accepts(site, secret):
        if not sites.knows_secret(secret):
            return Refusal("invalid-input-secret", why_unknown_secret(query.secret, sites))
        return Refusal("sitekey-secret-mismatch", why_mismatch(site, secret, sites))
    if query.sitekey is not None and query.sitekey != site.sitekey:
        why = why_unexpected(site, query.sitekey, sites)
        expected = sites.find(query.sitekey)
        if expected is not None and sites.accepts(expected, secret):
            return Refusal("invalid-input-response", why)
        return Refusal("sitekey-secret-mismatch", why)
    if site.require_remoteip and query.remoteip is None:
        return Refusal("missing-remoteip", "the token is valid, but the site requires remoteip and none came")
    return site


def _seen(site: Site, why: str) -> Refusal:
    code = "invalid-or-already-seen-response" if site.merged_seen_code else "already-seen-response"
    return Refusal(code, why)


class Siteverify:
    """Verifies tokens: reads, decides, uses the token up and writes the journal in one transaction."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sites: Sites,
        namespaces: Namespaces,
        replays: Replays,
        regions: Regions,
        details: Details,
        meters: Meters,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sites = sites
        self._namespaces = namespaces
        self._replays = replays
        self._regions = regions
        self._details = details
        self._meters = meters
        self.rules: Sequence[Rule] = RULES
        self._calls = Calls(database, clock)

    async def verify(self, fields: dict[str, str], notes: dict[str, Any] | None = None) -> Verdict:
        """The verdict on a request's fields; `notes` go into its journal entry.

        StoreUnavailable if its outcome is unknown.
        """
        return self._counted(await self._answer(fields, notes))

    async def _answer(self, fields: dict[str, str], notes: dict[str, Any] | None) -> Verdict:
        query = parse_query(fields)
        if isinstance(query, list):
            sitekey, why = self._sitekey(fields.get("secret", "")), why_of_form(query, fields)
            await self._note("QuestionRefused", sitekey=sitekey, code=query[0], why=why, notes=notes)
            return refused(*query)
        test_site = TEST_TOKENS.get(query.response)
        if test_site is not None or query.secret == DUMMY_SECRET:
            return await self._verify_test_key(query, test_site, notes)
        claim = new_claim()
        return await self._database.write(lambda connection: self._verify(connection, query, claim, notes))

    async def rehearse(self, fields: dict[str, str], playing: Playing, notes: dict[str, Any] | None = None) -> Verdict:
        """The verdict on a request's fields that a scenario wants. StoreUnavailable if its outcome is unknown."""
        query, scenario = parse_query(fields), playing.scenario
        if isinstance(query, list):
            return await self.verify(fields, notes)
        noted = {**(notes or {}), "scenario": scenario.name}
        sitekey = self._sitekey(query.secret) or query.sitekey
        if scenario.code:
            why = f"the scenario {scenario.name} wants it; the token was not looked at"
            await self._note("TokenRefused", sitekey=sitekey, code=scenario.code, why=why, notes=noted)
            return self._counted(refused(scenario.code))
        if playing.is_magic:
            verdict = self._counted(await self._verify_magic(query, scenario, noted))
        else:
            verdict = await self.verify(fields, noted)
        return changed(verdict, scenario, sitekey or "", self._clock.now()) if verdict["success"] else verdict

    async def _verify_magic(self, query: Query, scenario: Scenario, notes: dict[str, Any]) -> Verdict:
        if query.secret != MAGIC_SECRET:
            code, why = "invalid-input-response", f"a magic token that passes needs the magic secret {MAGIC_SECRET}"
            await self._note("TestKeyRefused", sitekey=None, code=code, why=why, notes=notes)
            return refused(code)
        await self._note("TestKeyVerified", sitekey=None, hostname=MAGIC_HOSTNAME, notes=notes)
        return publisher_verdict(MAGIC_HOSTNAME, timestamp(self._clock.now(), 6))

    async def play(self, fields: dict[str, str], playing: Playing, notes: dict[str, Any] | None = None) -> None:
        """Note a question that the wire answers, or does not."""
        sitekey = self._sitekey(fields.get("secret", ""))
        why = f"the scenario {playing.scenario.name} wants it; the token was not looked at"
        noted = {**(notes or {}), "scenario": playing.scenario.name}
        await self._note("ScenarioPlayed", sitekey=sitekey, why=why, notes=noted)

    async def malformed(self, why: str, notes: dict[str, Any] | None = None) -> Verdict:
        """The verdict on a request that is no form at all."""
        await self._note("QuestionRefused", code="bad-request", why=why, notes=notes)
        return self._counted(refused("bad-request"))

    def _counted(self, verdict: Verdict) -> Verdict:
        self._meters.siteverify.add(verdict["error-codes"][0] if "error-codes" in verdict else ACCEPTED)
        return verdict

    def _sitekey(self, secret: str) -> str | None:
        """The site that asks, by its secret: whose call it is, where no token tells."""
        owners = self._sites.owners(digest_of_secret(secret))
        return owners[0].sitekey if owners else None

    async def _note(self, event: str, *, notes: dict[str, Any] | None, **facts: Any) -> None:
        await self._calls.note(event, CALL, {"call": CALL, **facts, **(notes or {})})

    async def _verify_test_key(self, query: Query, site: TestSite | None, notes: dict[str, Any] | None) -> Verdict:
        outcome = _decide_test_key(query, site)
        if isinstance(outcome, Refusal):
            sitekey = self._sitekey(query.secret)
            await self._note("TestKeyRefused", sitekey=sitekey, code=outcome.code, why=outcome.why, notes=notes)
        else:
            await self._note("TestKeyVerified", sitekey=outcome.sitekey, hostname=DUMMY_HOSTNAME, notes=notes)
        return _test_key_verdict(outcome, timestamp(self._clock.now(), 6))

    def _verify(
        self, connection: sqlite3.Connection, query: Query, claim: str, notes: dict[str, Any] | None
    ) -> Verdict:
        digest = tokens.digest_of_token(query.response)
        token = tokens.find(connection, digest)
        site = None if token is None else self._sites.find(token.sitekey)
        now = self._namespaces.now("" if site is None else site.namespace)
        asked = Asked(query, now, digest.hex()[:16], notes or {})
        outcome = decide(query, token, self._sites, now)
        if isinstance(outcome, Site) and not tokens.use(connection, digest, claim, now, query.max_age):
            outcome = _seen(outcome, "verified by another request at the same moment")
        if isinstance(outcome, Refusal):
            if token is None:
                outcome = outcome._replace(why=why_unknown_token(connection, query.response, self._sites))
            self._note_refusal(connection, asked, token, outcome)
            return refused(outcome.code)
        assert token is not None  # noqa: S101 - decide() names a site only for a token
        return self._accept(connection, asked, token, outcome)

    def _note_refusal(
        self, connection: sqlite3.Connection, asked: Asked, token: tokens.Token | None, refusal: Refusal
    ) -> None:
        if token is not None and refusal.code.endswith("already-seen-response"):
            self._note_replay(connection, asked, token)
        sitekey = self._sitekey(asked.query.secret) if token is None else token.sitekey
        self._append(connection, "TokenRefused", asked, {"sitekey": sitekey, **refusal._asdict()})

    def _note_replay(self, connection: sqlite3.Connection, asked: Asked, token: tokens.Token) -> None:
        """Count it against the address, if the site itself asks: others must not be able to spoil a score."""
        site = self._sites.find(token.sitekey)
        if site is not None and self._sites.accepts(site, digest_of_secret(asked.query.secret)):
            self._replays.note(connection, scoped(site.namespace, token.passage.answered.address), asked.now)

    def _accept(self, connection: sqlite3.Connection, asked: Asked, token: tokens.Token, site: Site) -> Verdict:
        when = timestamp(token.issued_at, site.fraction_digits)
        facts = {"sitekey": site.sitekey, "hostname": token.hostname}
        redemption = self._redeemed(asked, token, site)
        warned = warnings(Watched(wants_remoteip=site.enterprise, remoteip=asked.query.remoteip), WATCHES)
        if warned:
            asked = asked._replace(notes={**asked.notes, "warnings": [*asked.notes.get("warnings", ()), *warned]})
        if not site.enterprise:
            self._append(connection, "TokenVerified", asked, facts)
            return publisher_verdict(token.hostname, when)
        risk = self._assess(connection, asked, token, site, redemption)
        findings = [finding._asdict() for finding in risk.findings]
        self._append(connection, "TokenVerified", asked, {**facts, "score": risk.score, "findings": findings})
        verdict = enterprise_verdict(token.hostname, site.sitekey, when, risk.score, risk.reasons)
        if site.details:
            verdict |= self._details.of(connection, Account(site, asked.query, token.passage, risk, asked.now))
        return verdict

    def _append(self, connection: sqlite3.Connection, event: str, asked: Asked, facts: dict[str, Any]) -> None:
        # The journal keeps the provider's own time, which a namespace's clock must not drag along at a restart.
        journal.append(connection, self._clock.now(), event, asked.subject, {"call": CALL, **facts, **asked.notes})

    def _redeemed(self, asked: Asked, token: tokens.Token, site: Site) -> Redemption:
        account, traffic = self._sites.secret_digest(site), self._namespaces.traffic(site.namespace)
        return traffic.redeemed(account, site.sitekey, token.passage, _compared(asked.query), asked.now)

    def _assess(
        self, connection: sqlite3.Connection, asked: Asked, token: tokens.Token, site: Site, redemption: Redemption
    ) -> Assessment:
        passage, remoteip = token.passage, _compared(asked.query)
        address = scoped(site.namespace, passage.answered.address)
        evidence = Evidence(
            passage=passage,
            remoteip=remoteip,
            remote_region=None if remoteip is None else self._regions.of(remoteip),
            recent_replays=self._replays.recent(connection, address, asked.now),
            strictness=asked.query.strictness,
            hostname=token.hostname,
            hosts=hosts_of(site.origins),
            redemption=redemption,
        )
        return assess(evidence, self.rules)


def _compared(query: Query) -> str | None:
    """The visitor's address as the rules may compare it."""
    return None if query.strictness == "off" else query.remoteip


def _decide_test_key(query: Query, site: TestSite | None) -> Refusal | TestSite:
    if site is None:
        why = "the official test secret goes with the official test tokens only; send your site's own secret"
        return Refusal("not-using-dummy-passcode", why)
    if query.secret != DUMMY_SECRET:
        return Refusal("not-using-dummy-secret", f"the test token of sitekey {site.sitekey} came with another secret")
    if query.sitekey is not None and query.sitekey not in TEST_SITES:
        return Refusal("sitekey-secret-mismatch", "the expected sitekey is no official test sitekey")
    return site


def _test_key_verdict(outcome: Refusal | TestSite, when: str) -> Verdict:
    if isinstance(outcome, Refusal):
        if outcome.code != "not-using-dummy-secret":
            return refused(outcome.code)
        return {**refused(outcome.code), "credit": False, "hostname": DUMMY_HOSTNAME, "challenge_ts": when}
    if outcome.score is None:
        return publisher_verdict(DUMMY_HOSTNAME, when)
    return enterprise_verdict(DUMMY_HOSTNAME, outcome.sitekey, when, outcome.score, outcome.reasons)
