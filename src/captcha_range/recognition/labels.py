"""From the words for a thing, in English or Chinese, to the key of its class."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Final

import msgspec

from captcha_range.recognition import bundled

_NO_NEWS: Final = re.compile(
    r"(?:an?|the|any|some|one|two|or|more|at|least|of|single|different|small|big|large|little|red|orange|"
    r"yellow|green|blue|purple|pink|brown|black|white|gr[ae]y|colou?rful)"
)
"""Words before a name that do not change what is asked for."""
_AFTER_NAME: Final = re.compile(
    r"\s+(?:(?:in|on|inside|within|from) (?:it|them|the (?:image|picture|photo|tile)s?)|below|above|"
    r"if (?:any|there are any)|please|you can (?:see|find))$"
)
_PORTION: Final = re.compile(r"^(?:pairs?|pieces?|bunch(?:es)?|slices?|box(?:es)?|cups?|balls?) of (?=\w)")
_ZH_COUNT: Final = re.compile(
    r"^(?:至少)?(?:有)?(?:任何|任意|某|一|1|两|2|几|若干)?"
    r"(?:只|個|个|辆|輛|把|朵|条|條|匹|头|頭|架|艘|台|臺|棵|颗|顆|本|双|雙|副|顶|頂|块|塊|片|杯|件|支|枝|张|張|座|扇|盏|盞|串|根|种|種|位|株|盒|枚|面|幅|部|间|間|瓶)(?=.)"
)


class ClassLabels(msgspec.Struct, frozen=True):
    """Every name of one class."""

    key: str
    en: tuple[str, ...]
    zh: tuple[str, ...]


class LabelIndex:
    """All names of all classes. A name that could mean two classes means none."""

    def __init__(self, classes: tuple[ClassLabels, ...]) -> None:
        self.keys = tuple(each.key for each in classes)
        self._english = _unambiguous((plain(name), each.key) for each in classes for name in each.en)
        self._chinese = _unambiguous((squeezed(name), each.key) for each in classes for name in each.zh)

    def english(self, words: str) -> str | None:
        """The class that `words`, as `plain` makes them, name; None when unknown or unclear."""
        words = _AFTER_NAME.sub("", words)
        while True:
            for spelling in _spellings(words):
                if spelling in self._english:
                    return self._english[spelling]
            first, _, rest = words.partition(" ")
            if not rest or not _NO_NEWS.fullmatch(first):
                return None
            words = rest

    def chinese(self, text: str) -> str | None:
        """The class that `text`, as `squeezed` makes it, names; None when unknown or unclear."""
        known = self._chinese.get(text)
        return known or self._chinese.get(_ZH_COUNT.sub("", text))


@cache
def standard_labels() -> LabelIndex:
    """The index that ships with the project."""
    return LabelIndex(msgspec.json.decode(bundled.read("labels.json"), type=tuple[ClassLabels, ...]))


def plain(text: str) -> str:
    """Lower case, compatibility forms folded, anything but letters and digits a single space."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("'", "").replace("’", "")
    return " ".join(re.findall(r"[^\W_]+", folded))


def squeezed(text: str) -> str:
    """As `plain`, without any space: Chinese has none."""
    return plain(text).replace(" ", "")


def _unambiguous(pairs: Iterator[tuple[str, str]]) -> dict[str, str]:
    keys: defaultdict[str, set[str]] = defaultdict(set)
    for name, key in pairs:
        keys[name].add(key)
    return {name: next(iter(each)) for name, each in keys.items() if len(each) == 1 and name}


def _spellings(words: str) -> Iterator[str]:
    """The name itself, without its measure ("pair of"), and what may be their singular or plural."""
    names = [words]
    if _PORTION.match(words):
        names.append(_PORTION.sub("", words))
    for name in names:
        yield name
        yield from _singulars(name)
    for name in names:
        yield name + "s"
        yield f"pair of {name}"
        yield f"pair of {name}s"


def _singulars(name: str) -> Iterator[str]:
    for ending, instead in (("ies", "y"), ("ves", "fe"), ("ves", "f"), ("es", ""), ("s", ""), ("men", "man")):
        if name.endswith(ending) and len(name) > len(ending) + 1:
            yield name.removesuffix(ending) + instead
    # "pieces of cheese", "pumpkin lanterns": the first word may be the one in the plural.
    first, _, rest = name.partition(" ")
    if rest and first.endswith("s"):
        yield f"{first.removesuffix('s')} {rest}"
