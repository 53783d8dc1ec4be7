"""Replays: used tokens that came back, remembered for a while by the address that earned them."""

import sqlite3

REMEMBERED = 600.0
"""Seconds."""


class Replays:
    """Notes and counts replays; both run inside the verification's transaction."""

    def note(self, connection: sqlite3.Connection, address: str, now: float) -> None:
        connection.execute("INSERT INTO replays VALUES (?, ?)", (address, now))
        connection.execute("DELETE FROM replays WHERE address = ? AND at <= ?", (address, now - REMEMBERED))

    def recent(self, connection: sqlite3.Connection, address: str, now: float) -> int:
        """How many within the last ten minutes, of tokens earned from this address."""
        query = "SELECT count(*) FROM replays WHERE address = ? AND at > ?"
        count: int = connection.execute(query, (address, now - REMEMBERED)).fetchone()[0]
        return count
