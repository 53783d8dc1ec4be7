"""The operator's view of issued challenges: picture, prompt, answer, reply and outcome. Never shown to a visitor."""

import sqlite3

import msgspec

from captcha_range.challenges.family import Answer, Rectangle, Reply
from captcha_range.core.sqlite import Database


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One round of an issued challenge with everything that is known of it; `picture` is the JPEG in base64.

    `round` counts from 1; `passed` and the times are those of the whole challenge.
    """

    challenge: str
    round: int
    sitekey: str
    family: str
    level: int
    prompt: str
    picture: bytes
    width: int
    height: int
    tiles: tuple[Rectangle, ...]
    answer: Answer
    reply: Reply | None
    passed: bool | None
    issued_at: float
    answered_at: float | None


class Records:
    """Lists issued challenges."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self, sitekey: str, limit: int) -> list[Record]:
        """A site's challenges, the latest first, each with its rounds in their order."""
        query = "SELECT * FROM issued WHERE sitekey = ? ORDER BY draw_index DESC, round LIMIT ?"
        rows = self._database.read(lambda connection: connection.execute(query, (sitekey, limit)).fetchall())
        return [_record(row) for row in rows]


def _record(row: sqlite3.Row) -> Record:
    return Record(
        challenge=row["part_of"] or row["challenge"],
        round=row["round"],
        sitekey=row["sitekey"],
        family=row["family"],
        level=row["level"],
        prompt=row["prompt_en"],
        picture=row["picture"],
        width=row["width"],
        height=row["height"],
        tiles=msgspec.json.decode(row["tiles"], type=tuple[Rectangle, ...]),
        answer=msgspec.json.decode(row["answer"], type=Answer),
        reply=None if row["reply"] is None else msgspec.json.decode(row["reply"], type=Reply),
        passed=None if row["passed"] is None else bool(row["passed"]),
        issued_at=row["issued_at"],
        answered_at=row["answered_at"],
    )
