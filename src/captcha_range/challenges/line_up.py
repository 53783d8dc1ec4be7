"""Which classes appear together in one picture: never two that a person could mistake for each other."""

import numpy as np

from captcha_range.challenges.sprites import ObjectClass, Pack


def line_up(stream: np.random.Generator, pack: Pack, count: int, near: float) -> list[ObjectClass]:
    """`count` classes, no two confusable. With probability `near` all come from one group.

    The order is random: any of them may play the lead. ValueError if the pack has too few.
    """
    first = pack.classes[int(stream.integers(len(pack.classes)))]
    if stream.random() < near:
        alike = [each for each in pack.classes if each.group == first.group]
        chosen = _grown(stream, [first], alike, count)
        if len(chosen) == count:
            return chosen
    chosen = _grown(stream, [first], list(pack.classes), count)
    if len(chosen) < count:
        raise ValueError(f"the pack has no {count} classes that nobody confuses")
    return chosen


def companions(
    stream: np.random.Generator, pack: Pack, wanted: ObjectClass, count: int, near: float
) -> list[ObjectClass]:
    """`count` classes, none of them `wanted` or confusable with it; they may resemble each other.

    Each comes from the wanted one's group with probability `near`.
    """
    others = [each for each in pack.classes if each.key != wanted.key and each.key not in wanted.confusable_with]
    alike = [each for each in others if each.group == wanted.group]
    pools = [alike if alike and stream.random() < near else others for _ in range(count)]
    return [pool[int(stream.integers(len(pool)))] for pool in pools]


def _grown(
    stream: np.random.Generator, chosen: list[ObjectClass], pool: list[ObjectClass], count: int
) -> list[ObjectClass]:
    """`chosen` and further classes from `pool` in random order, until there are `count` or no more fit."""
    grown = list(chosen)
    for number in stream.permutation(len(pool)):
        if len(grown) == count:
            break
        each = pool[int(number)]
        if all(each.key != other.key and each.key not in other.confusable_with for other in grown):
            grown.append(each)
    return grown
