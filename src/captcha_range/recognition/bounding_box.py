"""Which object is the one that is named, and the box round it."""

from captcha_range.recognition.inventory import Inventory
from captcha_range.recognition.margin import likeliest, log_odds
from captcha_range.recognition.question import Question
from captcha_range.recognition.reading import Reading


def read(seen: Inventory, asked: Question) -> Reading | None:
    """The box of the likeliest object, and its middle for a point."""
    chances = seen.chances(asked.label_key) if seen.is_scene else None
    if chances is None:
        return None
    # Only one is of the class, so that each weighs as much as its own odds.
    number, margin = likeliest(log_odds(chances))
    left, top, right, bottom = seen.boxes[number]
    middle = ((left + right) / 2, (top + bottom) / 2)
    return Reading(margin, points=(middle,), box=(left, top, right - left, bottom - top))
