"""The garbage collector of a process that answers requests."""

import gc
from typing import Final

YOUNG: Final = 10_000
"""New objects until the collector looks through them; with Python's 700 it does every few requests."""


def spare_what_stays() -> None:
    """Never look again at what there is by now, and seldom at what is new. Call it when the server listens.

    What was made at the start stays until the end, and a request leaves no cycles behind: there is little to find.
    """
    gc.freeze()
    gc.set_threshold(YOUNG)
