"""Tickets: how the dashboard gets the admin key without anybody typing it, and without the key in an address.

A ticket stands in a link, behind the #, and is traded for the key once. They are in memory: a restart makes all
of them worthless.
"""

import hashlib

from captcha_range.core.errors import RangeError
from captcha_range.core.ids import new_secret_hex

MOST = 16
"""Unused tickets that are kept; the oldest go first."""


class TicketRefused(RangeError):
    """The link was used before, or is of an earlier start; ask for another with `captcha-range dashboard`."""

    code = "ticket_refused"


class Tickets:
    """Makes tickets, and trades each once."""

    def __init__(self) -> None:
        self._keys: dict[bytes, str] = {}

    def issue(self, key: str) -> str:
        """A ticket that is worth this key, once."""
        while len(self._keys) >= MOST:
            del self._keys[next(iter(self._keys))]
        ticket = new_secret_hex("cr_ticket_")
        self._keys[_digest(ticket)] = key
        return ticket

    def redeem(self, ticket: str) -> str:
        """The key that a ticket is worth; the ticket is used up. TicketRefused."""
        key = self._keys.pop(_digest(ticket), None)
        if key is None:
            raise TicketRefused
        return key


def _digest(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode("utf-8", "surrogatepass")).digest()
