"""What is asked: from the text of a question, English or Chinese, to a family and a class."""

import re
from dataclasses import dataclass
from typing import Final

from captcha_range.recognition import wordings
from captcha_range.recognition.labels import LabelIndex, plain, squeezed, standard_labels

ODD_ONE_OUT: Final = "odd_one_out"
GRID: Final = "grid"

_MAX_LENGTH: Final = 400
"""Characters: no question is longer, and a long text must not cost time."""

_VERB: Final = r"(?:click|tap|select|choose|pick|mark|find|identify|point|touch|press|spot)"
_THING: Final = r"(?:object|item|thing|one|shape|picture|element|icon)"
_ODD_ENGLISH: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_VERB}\b.*\b(?:unique|odd|different|dissimilar|unusual) {_THING}\b",
        rf"\b{_VERB}\b.*\bodd one out\b",
        rf"\b{_THING} (?:that |which |who )?(?:is |looks )?(?:different|distinct|unlike|differs|differing)\b",
        rf"\b{_THING} (?:that |which )?(?:doesnt|does not|dont|do not) (?:belong|match|fit)\b",
        rf"\b{_THING} (?:that |which )?(?:is |looks )?not (?:like|the same as|similar to) the (?:others?|rest)\b",
        rf"\b{_THING} (?:that |which )(?:stands out|appears? only once|has no (?:pair|match|twin))\b",
        r"\bwhich .*\b(?:odd one out|different from|does not belong|doesnt belong|is unique)\b",
    )
)
_ODD_CHINESE: Final = re.compile(
    r"与众不同|與眾不同|独一无二|獨一無二|不合群|格格不入"
    r"|[与與和跟同](?:其他|其它|其余|其餘|别的|別的|众|眾).*(?:不同|不一样|不一樣|不相同)"
    r"|(?:唯一|独特|獨特|不同|不一样|不一樣)的?(?:那个|那個|一个|一個)?(?:物体|物體|物品|对象|對象|图案|圖案|东西|東西)"
)

_PICTURE: Final = r"(?:images?|pictures?|photos?|photographs?|tiles?|squares?|panels?|cells?)"
_HOLDS: Final = (
    r"(?:(?:that |which )?(?:contain(?:s|ing)?|show(?:s|ing)?|depict(?:s|ing)?|include(?:s)?|including|ha(?:s|ve)|"
    r"having|feature(?:s)?|featuring)|with|of|where (?:you (?:can )?see|there (?:is|are))|"
    r"in which (?:you (?:can )?see|there (?:is|are)))"
)
_GRID_ENGLISH: Final = (
    re.compile(rf"\b{_VERB}\b.*?\b{_PICTURE} {_HOLDS} (?P<label>.+)$"),
    re.compile(rf"\bwhich (?:of (?:the|these) )?{_PICTURE} {_HOLDS} (?P<label>.+)$"),
)
_ZH_PICTURE: Final = r"(?:图片|圖片|图像|圖像|照片|图块|圖塊|方格|格子|图|圖)"
_ZH_HOLDS: Final = ("包含", "包含有", "包括", "含有", "带有", "帶有", "显示", "顯示", "出现", "出現", "有")
_GRID_CHINESE: Final = tuple(
    re.compile(pattern)
    for holds in _ZH_HOLDS
    for pattern in (
        rf"{holds}(?:了|着|著)?(?P<label>.+?)的?(?:全部|每张|每張|每个|每個)?的?{_ZH_PICTURE}$",
        rf"{_ZH_PICTURE}[里裡中上]?{holds}(?P<label>.+)$",
    )
)
_ZH_ALL: Final = "所有"
"""Left out before matching: its second sign also means "has"."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for. `label_key` is the key of a class, None where the family names none.

    For `relation`, the wanted class stands on `side` (left, right, above, below) of the class `other_key`.
    `clicks` is how many objects `order_click` wants, `choices` are the words that `text` offers,
    of which one is of the kind `kind`, in the question's own words, or the only one that is not if `negated`.
    """

    family: str
    label_key: str | None = None
    other_key: str | None = None
    side: str | None = None
    clicks: int = 1
    choices: tuple[str, ...] = ()
    kind: str | None = None
    negated: bool = False


def parsed(text: str, labels: LabelIndex | None = None) -> Question | None:
    """The question that `text` asks; None for anything not understood, or a label not known for sure."""
    if len(text) > _MAX_LENGTH:
        return None
    known = labels or standard_labels()
    words, letters = plain(text), squeezed(text).replace(_ZH_ALL, "")
    asked = _of_another_reply(text, words, letters, known)
    if asked is not None:
        return asked
    for key in (_asked_in_english(words, known), _asked_in_chinese(letters, known)):
        if key is not None:
            return Question(GRID, key)
    # A text that has the form of the other family but an unknown label must not fall through.
    if _has_label(words, letters):
        return None
    if _ODD_CHINESE.search(letters) or any(each.search(words) for each in _ODD_ENGLISH):
        return Question(ODD_ONE_OUT)
    return None


def _of_another_reply(text: str, words: str, letters: str, labels: LabelIndex) -> Question | None:
    """The question, if its family has wordings of its own."""
    choice = wordings.choosing(text)
    if choice is not None:
        return Question(wordings.TEXT, choices=choice.words, kind=choice.kind, negated=choice.negated)
    for family, (english, chinese) in wordings.UNLABELLED.items():
        if english.search(words) or chinese.search(letters):
            return Question(family)
    clicks = wordings.clicks_in_order(words, letters)
    if clicks is not None:
        return Question(wordings.ORDER_CLICK, clicks=clicks)
    return _about_labels(words, letters, labels)


def _about_labels(words: str, letters: str, labels: LabelIndex) -> Question | None:
    for text, number, named in ((words, 0, labels.english), (letters, 1, labels.chinese)):
        for family, patterns in ((wordings.COUNT, wordings.HOW_MANY), (wordings.BOUNDING_BOX, wordings.BOX_ROUND)):
            match = patterns[number].search(text)
            key = named(match["label"]) if match else None
            if key is not None:
                return Question(family, key)
        match = wordings.BESIDE[number].search(text)
        key, other = (named(match["label"]), named(match["other"])) if match else (None, None)
        if match and key is not None and other is not None:
            return Question(wordings.RELATION, key, other, wordings.side_of(match))
    return None


def _asked_in_english(words: str, labels: LabelIndex) -> str | None:
    for pattern in _GRID_ENGLISH:
        match = pattern.search(words)
        key = labels.english(match["label"]) if match else None
        if key is not None:
            return key
    return None


def _asked_in_chinese(letters: str, labels: LabelIndex) -> str | None:
    for pattern in _GRID_CHINESE:
        match = pattern.search(letters)
        key = labels.chinese(match["label"]) if match else None
        if key is not None:
            return key
    return None


def _has_label(words: str, letters: str) -> bool:
    english = any(each.search(words) for each in _GRID_ENGLISH)
    return english or any(each.search(letters) for each in _GRID_CHINESE)
