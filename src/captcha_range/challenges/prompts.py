"""The questions, in English and Chinese. They stand in the page, never in the picture."""

from collections.abc import Sequence
from typing import Final

from captcha_range.challenges.categories import Category
from captcha_range.challenges.family import Prompt
from captcha_range.challenges.sprites import ObjectClass

ODD_ONE_OUT: Final = Prompt(
    en="Please click on the UNIQUE object among the others",
    zh="请点击与众不同的物体",
)
PAIR: Final = Prompt(
    en="Please click on the two objects that are the same",
    zh="请点击两个相同的物体",
)
UPRIGHT: Final = Prompt(
    en="Please turn the object upright",
    zh="请将物体转正",
)
PIECE: Final = Prompt(
    en="Please move the piece to where it belongs",
    zh="请将拼块移到它所属的位置",
)

SIDES: Final = {
    "left": ("left of", "左边"),
    "right": ("right of", "右边"),
    "above": ("above", "上方"),
    "below": ("below", "下方"),
}
"""By relation: how it is said in English and Chinese."""


def each_image_containing(wanted: ObjectClass) -> Prompt:
    """The question of a grid: every tile that shows the wanted class."""
    return Prompt(
        en=f"Please click each image containing {wanted.en.phrase}",
        zh=f"请点击每张包含{wanted.zh.label}的图片",
    )


def beside(wanted: ObjectClass, side: str, anchor: ObjectClass) -> Prompt:
    """The question of a relation; `side` is one of `SIDES`."""
    english, chinese = SIDES[side]
    return Prompt(
        en=f"Please click on the {wanted.en.singular} that is {english} the {anchor.en.singular}",
        zh=f"请点击{anchor.zh.label}{chinese}的{wanted.zh.label}",
    )


def in_order(count: int) -> Prompt:
    """The question of an ordered click."""
    return Prompt(
        en=f"Please click on the {count} objects in the order shown at the bottom",
        zh=f"请按底部所示的顺序点击{count}个物体",
    )


def how_many(wanted: ObjectClass) -> Prompt:
    """The question of a count."""
    return Prompt(en=f"How many {wanted.en.plural} are there?", zh=f"图中有多少个{wanted.zh.label}？")


def box_around(wanted: ObjectClass) -> Prompt:
    """The question of a bounding box."""
    return Prompt(en=f"Please draw a box around the {wanted.en.singular}", zh=f"请画框框住{wanted.zh.label}")


def which_is(category: Category, negated: bool, choices: Sequence[ObjectClass]) -> Prompt:
    """The question of a choice among words, with the words in it."""
    english, chinese = (" not", "不") if negated else ("", "")
    return Prompt(
        en=f"Which of these is{english} {category.en}: {', '.join(each.en.singular for each in choices)}?",
        zh=f"下列哪一个{chinese}是{category.zh}：{'、'.join(each.zh.label for each in choices)}？",
    )
