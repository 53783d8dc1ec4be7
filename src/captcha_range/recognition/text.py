"""Which word is of the kind asked for, or which is not: by the class that each word names."""

from dataclasses import dataclass
from typing import Final

from captcha_range.recognition.kinds import Kind, class_named, kind_named

SURE: Final = 0.99
"""The confidence where one word alone fits and all are known: a question may mean something else by its words."""


@dataclass(frozen=True, slots=True)
class Pick:
    """The number of the word, from 0, and how sure."""

    number: int
    confidence: float


def picked(kind: str, negated: bool, words: tuple[str, ...]) -> Pick | None:
    """The word that fits best; None where the kind is unknown, or no word may fit.

    A word that is unknown, or could be argued about, may fit, so that it takes from the confidence.
    """
    known = kind_named(kind)
    if known is None:
        return None
    fits = [_fits(known, negated, class_named(word)) for word in words]
    best = max(fits, default=0.0)
    if best == 0:
        return None
    return Pick(fits.index(best), round(SURE * best / sum(fits), 4))


def _fits(kind: Kind, negated: bool, key: str | None) -> float:
    """1 for a word that is right, 0 for one that is not, a little for one of which nobody can say."""
    right, wrong = (kind.strangers, kind.members) if negated else (kind.members, kind.strangers)
    if key in right:
        return 1.0
    return 0.0 if key in wrong else 0.1
