"""What a visitor gets for one challenge, and the truth that the operator knows."""

from collections.abc import Mapping
from typing import Any

import msgspec

from captcha_range.challenges.family import Answer


class Exchange(msgspec.Struct, frozen=True):
    """One answer over HTTP: header names in lower case, `seconds` from the request to the last byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    def json(self) -> Any:
        """The body as JSON. msgspec.DecodeError if it is none."""
        return msgspec.json.decode(self.body)


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """One challenge: the exchanges in their order, and the right answer, from the operator's side.

    `judged` answers a reply that is always wrong and always the same; `again` a second one to the same challenge.
    """

    answer: Answer
    view: Exchange
    picture: Exchange
    judged: Exchange
    again: Exchange
