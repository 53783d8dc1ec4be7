"""Response tokens: minted for a pass, verified once, refused ever after."""

import hashlib
import sqlite3
from typing import NamedTuple

import msgspec

from captcha_range.core import ids
from captcha_range.provider.observation import Passage

LIFETIME = 120.0
"""Seconds from the pass; spec/provider §4."""

TOKEN_LENGTH = 1_600
"""Characters. Real ones exceed 1,500, so that columns and headers that are too short show up here too."""

RESPONSE_KEY_LENGTH = 400
_PREFIX = "P1_"

_encode = msgspec.json.Encoder().encode
_decode_passage = msgspec.json.Decoder(Passage).decode

_INSERT = "INSERT INTO tokens (digest, sitekey, hostname, passage, issued_at) VALUES (?, ?, ?, ?, ?)"
_SELECT = "SELECT sitekey, hostname, passage, issued_at, used_at FROM tokens WHERE digest = ?"
_USE = "UPDATE tokens SET used_at = ?, claim = ? WHERE digest = ? AND used_at IS NULL AND issued_at > ? RETURNING 1"


class Token(NamedTuple):
    """A token's row. Times are Unix seconds; `used_at` None means not yet verified."""

    sitekey: str
    hostname: str
    passage_json: str
    issued_at: float
    used_at: float | None

    @property
    def passage(self) -> Passage:
        return _decode_passage(self.passage_json)


def digest_of_token(token: str) -> bytes:
    """How a token is stored; lone surrogates of a hostile client hash like anything else."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def length(characters: int = TOKEN_LENGTH) -> int:
    """How long a token with this many random characters is."""
    return len(_PREFIX) + characters


def mint(
    connection: sqlite3.Connection, sitekey: str, hostname: str, passage: Passage, characters: int = TOKEN_LENGTH
) -> str:
    """A new token for a pass at the time of its answer; only its digest is stored."""
    token = ids.new_token(_PREFIX, characters)
    values = (digest_of_token(token), sitekey, hostname, _encode(passage).decode(), passage.answered.at)
    connection.execute(_INSERT, values)
    return token


def new_response_key() -> str:
    """The key that goes with a token (`getRespKey`)."""
    return ids.new_token("E0_", RESPONSE_KEY_LENGTH)


def find(connection: sqlite3.Connection, digest: bytes) -> Token | None:
    """The token with this digest."""
    row = connection.execute(_SELECT, (digest,)).fetchone()
    return None if row is None else Token(*row)


def use(connection: sqlite3.Connection, digest: bytes, claim: str, now: float, max_age: float) -> bool:
    """Use the token up, if it is unused and younger than `max_age` seconds: one statement, so one winner."""
    return connection.execute(_USE, (now, claim, digest, now - max_age)).fetchone() is not None
