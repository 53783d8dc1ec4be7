"""Namespaces: what one test has for itself — its sites, a clock that it moves, and a seed for its challenges.

The namespace without a name is the range's own: its clock is the provider's, its streams the range's.
"""

import re
import sqlite3

import msgspec

from captcha_range.core.clock import Clock
from captcha_range.core.errors import RangeError
from captcha_range.core.ids import new_uuid
from captcha_range.core.sqlite import Database
from captcha_range.core.streams import Streams
from captcha_range.provider.traffic import Traffic

GALLERY = "gallery"
"""The namespace of the sites that the dashboard makes to show challenges."""

MOST_AHEAD = 100 * 366 * 86_400.0
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)

_OF_SITES = "SELECT sitekey FROM sites WHERE json_extract(site, '$.namespace') = ?"


class NamespaceInvalid(RangeError):
    """A namespace's field cannot be taken; the message names it and what would be right."""

    code = "namespace_invalid"


class NamespaceUnknown(RangeError):
    """There is no namespace with this name; make it first."""

    code = "namespace_unknown"


class NamespaceOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is given to make a namespace; a name is drawn if none is."""

    name: str | None = None
    seed: str | None = None


class Namespace(msgspec.Struct, frozen=True):
    """A namespace; `ahead` is how many seconds its clock is ahead of the provider's."""

    name: str
    seed: str | None
    ahead: float = 0.0


class Namespaces:
    """All namespaces, kept in memory as the sites are."""

    def __init__(self, database: Database, clock: Clock, streams: Streams) -> None:
        self._database = database
        self._clock = clock
        self._own = streams
        self._all: dict[str, Namespace] = {}
        self._streams: dict[str, Streams] = {}
        self._traffic = {"": Traffic()}
        for row in database.read(lambda c: c.execute("SELECT * FROM namespaces ORDER BY rowid").fetchall()):
            self._remember(Namespace(row["namespace"], row["seed"], row["ahead"]))

    def all(self) -> list[Namespace]:
        """Every namespace, in the order of making."""
        return list(self._all.values())

    def find(self, name: str) -> Namespace:
        """The namespace of a name. NamespaceUnknown."""
        if name not in self._all:
            raise NamespaceUnknown("namespace: there is none with this name; make it with POST /admin/namespaces")
        return self._all[name]

    def ahead(self, name: str) -> float:
        """How many seconds a namespace's clock is ahead of the provider's; 0 for one that is gone."""
        found = self._all.get(name)
        return 0.0 if found is None else found.ahead

    def now(self, name: str) -> float:
        """The time in a namespace."""
        return self._clock.now() + self.ahead(name) if name else self._clock.now()

    def streams(self, name: str) -> Streams:
        """The streams that a namespace's challenges are drawn from: the range's, unless it has a seed."""
        return self._streams.get(name, self._own)

    def traffic(self, name: str) -> Traffic:
        """What was lately seen of a namespace's visitors: what one test did must not weigh on another's."""
        return self._traffic.get(name) or Traffic()

    async def add(self, order: NamespaceOrder) -> Namespace:
        """Make a namespace. NamespaceInvalid."""
        made = Namespace(order.name or new_uuid(), order.seed)
        if not NAME.fullmatch(made.name):
            raise NamespaceInvalid("name: must be 1 … 64 letters, digits, dots, dashes or underscores")
        values = (made.name, made.seed, made.ahead)

        def insert(connection: sqlite3.Connection) -> None:
            try:
                connection.execute("INSERT INTO namespaces VALUES (?, ?, ?)", values)
            except sqlite3.IntegrityError:
                raise NamespaceInvalid("name: there is a namespace with this name already") from None

        await self._database.write(insert)
        self._remember(made)
        return made

    async def advance(self, name: str, seconds: float) -> float:
        """Move a namespace's clock forwards, durably. The new time."""
        found = self.find(name)
        ahead = found.ahead + seconds
        if ahead > MOST_AHEAD:
            raise NamespaceInvalid(f"advance_seconds: a namespace's clock is {MOST_AHEAD:.0f} s ahead at most")
        await self._database.write(
            lambda c: c.execute("UPDATE namespaces SET ahead = ? WHERE namespace = ?", (ahead, name))
        )
        self._all[name] = msgspec.structs.replace(found, ahead=ahead)
        return self.now(name)

    async def reset(self, name: str) -> None:
        """Put a namespace back to its beginning: its challenges and tokens are gone, and its clock is the provider's.

        A clock that goes back must not give anything a second life, so nothing that it timed is kept.
        """
        found = self.find(name)

        def forget(connection: sqlite3.Connection) -> None:
            _forget_challenges(connection, name)
            connection.execute("UPDATE namespaces SET ahead = 0 WHERE namespace = ?", (name,))

        await self._database.write(forget)
        self._remember(msgspec.structs.replace(found, ahead=0.0))

    async def remove(self, name: str) -> None:
        """Forget a namespace with its sites and all that they issued."""
        self.find(name)

        def forget(connection: sqlite3.Connection) -> None:
            _forget_challenges(connection, name)
            connection.execute("DELETE FROM sites WHERE json_extract(site, '$.namespace') = ?", (name,))
            connection.execute("DELETE FROM namespaces WHERE namespace = ?", (name,))

        await self._database.write(forget)
        del self._all[name], self._traffic[name]
        self._streams.pop(name, None)

    def _remember(self, namespace: Namespace) -> None:
        self._all[namespace.name] = namespace
        self._traffic[namespace.name] = Traffic()
        if namespace.seed is not None:
            self._streams[namespace.name] = Streams(namespace.seed.encode("utf-8", "surrogatepass"))


def _forget_challenges(connection: sqlite3.Connection, name: str) -> None:
    sitekeys = [row["sitekey"] for row in connection.execute(_OF_SITES, (name,))]
    for sitekey in sitekeys:
        for table in ("issued", "tokens", "preflights"):
            connection.execute(f"DELETE FROM {table} WHERE sitekey = ?", (sitekey,))  # noqa: S608 - our own names
    connection.execute("DELETE FROM replays WHERE address LIKE ? ESCAPE '\\'", (scoped(_escaped(name), "%"),))


def scoped(name: str, address: str) -> str:
    """An address as a namespace counts it: what one test did must not weigh on another's visitors."""
    return f"{name}|{address}" if name else address


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
