"""Which things are of which kind in everyday words: an animal, a fruit, something to wear."""

from functools import cache

import msgspec

from captcha_range.recognition import bundled
from captcha_range.recognition.labels import plain, squeezed, standard_labels


class Kind(msgspec.Struct, frozen=True):
    """One kind by its names, with the keys of the classes that surely belong, and of those that surely do not."""

    en: str
    zh: str
    members: frozenset[str]
    strangers: frozenset[str]


@cache
def standard_kinds() -> dict[str, Kind]:
    """The kinds that ship with the project, by name: English without its article, and Chinese."""
    rows = msgspec.json.decode(bundled.read("kinds.json"), type=tuple[Kind, ...])
    return {_bare(each.en): each for each in rows} | {squeezed(each.zh): each for each in rows}


def kind_named(words: str) -> Kind | None:
    """The kind that the words of a question name, English or Chinese; None when unknown."""
    kinds = standard_kinds()
    return kinds.get(_bare(words)) or kinds.get(squeezed(words))


def class_named(words: str) -> str | None:
    """The key of the class that a word names; None when unknown or unclear."""
    labels = standard_labels()
    return labels.english(plain(words)) or labels.chinese(squeezed(words))


def _bare(words: str) -> str:
    first, _, rest = plain(words).partition(" ")
    return rest if first in {"a", "an", "the"} else plain(words)
