"""Libraries that are loaded when they are first used, because a range that only listens does not need them.

What Python will spell `lazy import` (PEP 810). For other people's libraries alone: they cannot import this project, so
that no cycle can hide behind it.

    if TYPE_CHECKING:
        import numpy as np
    else:
        np = late("numpy")
"""

from importlib import import_module
from typing import Any, Final

_OWN: Final = __name__.partition(".")[0]


class Late:
    """Stands for a module, and loads it when it is asked for an attribute."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(import_module(self._name), attribute)
        # Found without a detour from now on.
        setattr(self, attribute, value)
        return value


def late(name: str) -> Any:
    """The library of that name. ValueError for a module of this project: its imports are for everybody to see."""
    if name.partition(".")[0] == _OWN:
        raise ValueError(f"{name} is of this project; import it where everybody sees it")
    return Late(name)
