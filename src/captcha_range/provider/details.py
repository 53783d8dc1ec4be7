"""The further fields of an Enterprise verdict, for sites that ask for them (spec/provider §4).

The public contract names them and says little of their contents; what is here is what the range can honestly
say of a visitor, in a form that an integrator can parse (ADR 16).
"""

import hashlib
import sqlite3
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, NamedTuple

from captcha_range.provider.observation import Passage
from captcha_range.provider.questions import Query
from captcha_range.provider.risk import Assessment
from captcha_range.provider.sites import Site

REMEMBERED = 3_600.0
"""Seconds for which behaviours are counted."""


class Account(NamedTuple):
    """One accepted verification: who asked what about whom, and what the risk rules said."""

    site: Site
    query: Query
    passage: Passage
    risk: Assessment
    now: float


class Details:
    """Makes the fields; `key` keeps a visitor's ids from being computed by anybody else."""

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.blake2b(key, digest_size=32, person=b"scoped uid").digest()

    def of(self, connection: sqlite3.Connection, account: Account) -> dict[str, Any]:
        """The fields that the site asks for, in the order of their names."""
        made: dict[str, Any] = {}
        for name in account.site.details:
            if name == "scoped_uid":
                made |= {f"scoped_uid_{scope}": uid for scope, uid in enumerate(self.scoped_uids(account))}
            elif name == "behavior_counts":
                made[name] = self._count(connection, account)
            else:
                made[name] = _FIELDS[name](account)
        return made

    def scoped_uids(self, account: Account) -> tuple[str, str, str]:
        """The visitor as this site may know it again: by address, by network, by user agent alone."""
        seen = account.passage.answered
        who = account.query.client_tokens or (seen.address,)
        scopes: tuple[tuple[str, ...], ...] = (who, (_network(seen.address),), ())
        visitor = (account.site.sitekey, seen.user_agent)
        by_address, by_network, by_agent = (self._uid(*visitor, *scope) for scope in scopes)
        return by_address, by_network, by_agent

    def _uid(self, *parts: str) -> str:
        text = "\0".join(parts).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, key=self._key, digest_size=16).hexdigest()

    def _count(self, connection: sqlite3.Connection, account: Account) -> dict[str, int]:
        """How often which behaviour of this visitor was verified within the last hour, this one included."""
        visitor, since = self.scoped_uids(account)[0], account.now - REMEMBERED
        connection.execute("DELETE FROM behaviors WHERE visitor = ? AND at <= ?", (visitor, since))
        values = (visitor, account.query.behavior_type or "unspecified", account.now)
        connection.execute("INSERT INTO behaviors VALUES (?, ?, ?)", values)
        query = "SELECT behavior, count(*) FROM behaviors WHERE visitor = ? AND at > ? GROUP BY behavior"
        return {str(name): int(count) for name, count in connection.execute(query, (visitor, since))}


def _network(address: str) -> str:
    """The /24 or /48 of an address; itself where it is none."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    kept = 3 if found.version == 4 else 6
    return found.packed[:kept].hex()


def _similarity(account: Account) -> float:
    """The share of what was seen at the answer that was the same when the challenge was opened."""
    opened, answered = account.passage.opening.loaded, account.passage.answered
    kept = (
        opened.address == answered.address,
        opened.region == answered.region,
        opened.user_agent == answered.user_agent,
    )
    return round(sum(kept) / len(kept), 2)


_FIELDS: dict[str, Callable[[Account], Any]] = {
    "ekey": lambda account: account.passage.response_key,
    "risk_insights": lambda account: {finding.reason: finding.weight for finding in account.risk.findings},
    "sigs": lambda account: [finding.reason for finding in account.risk.findings],
    "similarity": _similarity,
    "tags": lambda account: list(account.query.client_tags),
}
