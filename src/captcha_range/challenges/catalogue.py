"""Every challenge family. A new one is one file, one line here, and one test."""

from typing import Final

from captcha_range.challenges.families.bounding_box import BoundingBox
from captcha_range.challenges.families.count import Count
from captcha_range.challenges.families.drag_to_fit import DragToFit
from captcha_range.challenges.families.grid import Grid
from captcha_range.challenges.families.odd_one_out import OddOneOut
from captcha_range.challenges.families.order_click import OrderClick
from captcha_range.challenges.families.pair import Pair
from captcha_range.challenges.families.relation import Relation
from captcha_range.challenges.families.rotate_upright import RotateUpright
from captcha_range.challenges.families.text import Text
from captcha_range.challenges.family import Family
from captcha_range.challenges.sprites import Pack

_KINDS: Final = (
    OddOneOut,
    Grid,
    Pair,
    Relation,
    OrderClick,
    Count,
    BoundingBox,
    Text,
    RotateUpright,
    DragToFit,
)


def families_of(pack: Pack | None) -> dict[str, Family]:
    """Every family by name, drawing from this pack; None is the one that ships."""
    return {kind.name: kind(pack) for kind in _KINDS}


FAMILIES: Final = families_of(None)
