"""Every challenge family. A new one is one file, one line here, and one test."""

from typing import Final

from captcha_range.challenges.families.grid import Grid
from captcha_range.challenges.families.odd_one_out import OddOneOut
from captcha_range.challenges.family import Family

FAMILIES: Final[dict[str, Family]] = {
    OddOneOut.name: OddOneOut(),
    Grid.name: Grid(),
}
