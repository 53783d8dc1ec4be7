"""How the questions of the families with other replies than one click or tiles are worded, English and Chinese."""

import re
from dataclasses import dataclass
from typing import Final

PAIR: Final = "pair"
RELATION: Final = "relation"
ORDER_CLICK: Final = "order_click"
COUNT: Final = "count"
BOUNDING_BOX: Final = "bounding_box"
TEXT: Final = "text"
ROTATE_UPRIGHT: Final = "rotate_upright"
DRAG_TO_FIT: Final = "drag_to_fit"

_CLICK: Final = r"(?:click|tap|select|choose|pick|mark|find|touch|press)"
_ZH_CLICK: Final = r"(?:点击|點擊|点选|點選|选择|選擇)"
_NUMBERS: Final = {"two": 2, "three": 3, "four": 4, "five": 5, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5}
_SIDES: Final = {
    "left": "left",
    "right": "right",
    "above": "above",
    "over": "above",
    "below": "below",
    "under": "below",
    "左": "left",
    "右": "right",
    "上": "above",
    "下": "below",
}

UNLABELLED: Final = {
    PAIR: (
        re.compile(rf"\b{_CLICK}\b.*\b(?:two|both|pair)\b.*\b(?:same|identical|alike|match|matching|equal)\b"),
        re.compile(r"[两兩二]个?個?(?:相同|一样|一樣|一模一样)的|(?:相同|一样|一樣)的[两兩二]"),
    ),
    ROTATE_UPRIGHT: (
        re.compile(r"\b(?:turn|rotate)\b.*\b(?:upright|right way up)\b"),
        re.compile(r"(?:转|轉|旋转|旋轉|摆|擺|扶)正"),
    ),
    DRAG_TO_FIT: (
        re.compile(r"\b(?:move|drag|slide|put)\b.*\bpiece\b.*\b(?:belongs|fits?|place|hole|gap)\b"),
        re.compile(r"(?:移|拖).*(?:拼块|拼塊|拼图|拼圖|碎片)|(?:拼块|拼塊|拼图|拼圖|碎片).*(?:移|拖)"),
    ),
}
"""By family: what an English question, as `plain` makes it, and a Chinese one, as `squeezed` does, hold."""

_ORDER: Final = (
    re.compile(rf"\b{_CLICK}\b.*?\b(?P<count>\d|two|three|four|five)\b.*\border\b"),
    re.compile(rf"顺?順?序{_ZH_CLICK}.*?(?P<count>[\d两二三四五])[个個]"),
)
HOW_MANY: Final = (
    re.compile(
        r"^how many (?P<label>.+?)(?: (?:are|is) (?:there|shown)| (?:do|can) you (?:see|find|count))?(?: in .*)?$"
    ),
    re.compile(r"有?(?:多少|几|幾)[个個只隻]?(?P<label>.+)$"),
)
BOX_ROUND: Final = (
    re.compile(r"\b(?:draw|put|place|make)\b.*\bbox\b (?:around|round|over|about) (?P<label>.+)$"),
    re.compile(r"框(?:住|出|选|選)(?P<label>.+)$"),
)
BESIDE: Final = (
    re.compile(
        rf"\b{_CLICK}\b(?: on)? (?P<label>.+?) (?:(?:that|which) )?(?:(?:is|stands|lies) )?(?:to the |on the )?"
        r"(?P<side>left|right|above|over|below|under)(?: side)?(?: of)? (?P<other>.+)$"
    ),
    re.compile(rf"{_ZH_CLICK}(?:在|位于|位於)?(?P<other>.+?)的?(?P<side>[左右上下])[边邊侧側方面]的(?P<label>.+)$"),
)
_WHICH: Final = re.compile(
    r"(?:which of (?:these|the following) (?:words? )?is (?P<not>not )?(?P<what>[^:]+)"
    r"|(?:下列|以下)?哪一?[个個](?P<zh_not>不)?是(?P<zh_what>[^:：]+))[:：](?P<choices>.+?)[?？。.]*$",
    re.IGNORECASE,
)


def clicks_in_order(words: str, letters: str) -> int | None:
    """How many objects are to be clicked in order; None when that is not asked."""
    match = _ORDER[0].search(words) or _ORDER[1].search(letters)
    if match is None:
        return None
    count = match["count"]
    return int(count) if count.isdigit() else _NUMBERS[count]


def side_of(match: re.Match[str]) -> str:
    """`left`, `right`, `above` or `below`, from a match of `BESIDE`."""
    return _SIDES[match["side"]]


@dataclass(frozen=True, slots=True)
class Choosing:
    """A choice among words: what kind of thing is asked for, or ruled out, as it is written."""

    kind: str
    negated: bool
    words: tuple[str, ...]


def choosing(text: str) -> Choosing | None:
    """The choice that a question offers; None when it is no choice among words."""
    match = _WHICH.search(text.strip())
    words = tuple(each.strip() for each in re.split(r"[,，、]", match["choices"]) if each.strip()) if match else ()
    if match is None or not words:
        return None
    return Choosing((match["what"] or match["zh_what"]).strip(), bool(match["not"] or match["zh_not"]), words)
