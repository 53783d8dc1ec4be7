"""The families whose question is answered from the objects of one scene, and the reasoning of each."""

from collections.abc import Callable
from typing import Final

from captcha_range.recognition import bounding_box, count, odd_one_out, pair, relation, wordings
from captcha_range.recognition.inventory import Inventory
from captcha_range.recognition.question import ODD_ONE_OUT, Question
from captcha_range.recognition.reading import Reading

Reasoning = Callable[[Inventory, Question], Reading | None]

OF_ONE_SCENE: Final[dict[str, Reasoning]] = {
    ODD_ONE_OUT: odd_one_out.read,
    wordings.PAIR: pair.read,
    wordings.RELATION: relation.read,
    wordings.COUNT: count.read,
    wordings.BOUNDING_BOX: bounding_box.read,
}
