"""What a sighting tells beside the picture's pixels, in groups: one group, one way to leak.

A feature is a text, which is the same or is not, or a number, which can be near.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from captcha_range.measurement.leak_hunter.sighting import Exchange, Sighting

Feature = str | float
Features = dict[str, Feature]
Group = Callable[[Sequence[Sighting]], list[Features]]

_MODULI: Final = (2, 3, 4, 5, 7, 8, 9, 10, 16)
_WINDOW: Final = 4
"""Digits of an id that are read as one number."""
_OFTEN: Final = 0.1
"""The share of questions that a word must stand in to belong to the question and not to what is asked for."""
_SCAN: Final = b"\xff\xda"
_EXPECTED: Final = frozenset({"date", "content-length"})


def _nothing(seen: Sequence[Sighting]) -> list[Features]:
    """No feature at all: the best constant reply."""
    return [{"always the same": ""} for _ in seen]


def _session(seen: Sequence[Sighting]) -> list[Features]:
    """The challenge's place in the session, and the answer of the one before."""
    before = ["", *(msgspec.json.encode(each.answer).decode() for each in seen[:-1])]
    return [
        {"answer before": last, **{f"number modulo {each}": str(number % each) for each in _MODULI}}
        for number, last in enumerate(before)
    ]


def _ids(seen: Sequence[Sighting]) -> list[Features]:
    """The digits of the challenge's id and of the picture's, one by one and by fours."""
    return [
        _digits("challenge", _view(each)["challenge"]) | _digits("picture", _view(each)["picture"]) for each in seen
    ]


def _sizes(seen: Sequence[Sighting]) -> list[Features]:
    """Bytes of the picture and of the challenge's JSON, and their remainders."""
    found: list[Features] = []
    for each in seen:
        sizes = {"picture": len(each.picture.body), "challenge": len(each.view.body)}
        features: Features = {f"bytes of {name}": float(size) for name, size in sizes.items()}
        features |= {f"bytes of {name} modulo {by}": str(size % by) for name, size in sizes.items() for by in _MODULI}
        found.append(features)
    return found


def _times(seen: Sequence[Sighting]) -> list[Features]:
    """Seconds until the challenge and its picture had come."""
    return [{"time of challenge": each.view.seconds, "time of picture": each.picture.seconds} for each in seen]


def _wire(seen: Sequence[Sighting]) -> list[Features]:
    """Headers, the order of JSON keys, and what a JPEG holds beside its scan."""
    found: list[Features] = []
    for each in seen:
        features: Features = {"order of keys": " ".join(_view(each)), "segments of picture": _beside_scan(each.picture)}
        for name, exchange in (("challenge", each.view), ("picture", each.picture)):
            features[f"headers of {name}"] = " ".join(exchange.headers)
            told = {key: value for key, value in exchange.headers.items() if key not in _EXPECTED}
            features |= {f"{key} of {name}": value for key, value in told.items()}
        found.append(features)
    return found


def _layout(seen: Sequence[Sighting]) -> list[Features]:
    """Where tiles and the piece lie, and how the choices are ordered; not what the choices mean."""
    found: list[Features] = []
    for each in seen:
        view = _view(each)
        choices = list(view["choices"])
        ranked = sorted(choices)
        features: Features = {name: str(view[name]) for name in ("tiles", "piece", "points", "width", "height")}
        features["order of choices"] = " ".join(str(ranked.index(choice)) for choice in choices)
        features["first choice by alphabet"] = str(choices.index(ranked[0])) if choices else ""
        features["last choice by alphabet"] = str(choices.index(ranked[-1])) if choices else ""
        found.append(features)
    return found


def _question(seen: Sequence[Sighting]) -> list[Features]:
    """The question without the words that stand in few questions: what is asked, not of what."""
    questions = [str(_view(each)["prompt"]).partition(":")[0].split() for each in seen]
    counts = Counter(word for words in questions for word in set(words))
    usual = {word for word, count in counts.items() if count >= _OFTEN * len(seen)}
    return [{"question": " ".join(word for word in words if word in usual)} for words in questions]


def _repeats(seen: Sequence[Sighting]) -> list[Features]:
    """The picture's bytes by their digest: has it been seen before?"""
    return [{"same picture": hashlib.sha256(each.picture.body).hexdigest()} for each in seen]


def _oracle(seen: Sequence[Sighting]) -> list[Features]:
    """What a wrong reply and a second one were answered with, and how fast."""
    return [
        {
            **_answered("wrong reply", each.judged),
            **_answered("second reply", each.again),
        }
        for each in seen
    ]


GROUPS: Final[dict[str, Group]] = {
    "nothing": _nothing,
    "session": _session,
    "ids": _ids,
    "sizes": _sizes,
    "times": _times,
    "wire": _wire,
    "layout": _layout,
    "question": _question,
    "repeats": _repeats,
    "oracle": _oracle,
}
"""Every group by its name. A new way to leak is one function and one line here."""


def _answered(name: str, exchange: Exchange) -> Features:
    return {
        f"{name}: bytes": float(len(exchange.body)),
        f"{name}: body": exchange.body.decode("utf-8", "replace"),
        f"{name}: status": str(exchange.status),
        f"{name}: time": exchange.seconds,
    }


def _digits(name: str, value: str) -> Features:
    """Its hexadecimal digits, from the first on."""
    digits = [each for each in value.rpartition("/")[2].partition(".")[0].lower() if each in "0123456789abcdef"]
    features: Features = {f"digit {place} of {name}": digit for place, digit in enumerate(digits)}
    for place in range(0, len(digits) - _WINDOW + 1, _WINDOW):
        features[f"digits {place}… of {name}"] = float(int("".join(digits[place : place + _WINDOW]), 16))
    return features


def _beside_scan(exchange: Exchange) -> str:
    """A digest of what stands before the scan and after the picture's end."""
    before, _, rest = exchange.body.partition(_SCAN)
    return hashlib.sha256(before + rest.rpartition(b"\xff\xd9")[2]).hexdigest()


def _view(each: Sighting) -> dict[str, Any]:
    found: dict[str, Any] = each.view.json()
    return found
