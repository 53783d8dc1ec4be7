"""The recognisers by name. A new one is one file, one line here, and one test."""

from collections.abc import Callable
from functools import cache
from typing import Final

from captcha_range.core.errors import RangeError
from captcha_range.recognition.blind import Blind
from captcha_range.recognition.classical import Classical
from captcha_range.recognition.models import has_extra
from captcha_range.recognition.network import Network
from captcha_range.recognition.recogniser import Recogniser

RECOGNISERS: Final[dict[str, Callable[[], Recogniser]]] = {
    Blind.name: Blind,
    Classical.name: Classical,
    Network.name: Network,
}


class RecogniserUnknown(RangeError):
    """There is no recogniser of that name."""

    code = "recogniser_unknown"


@cache
def load_recogniser(name: str) -> Recogniser:
    """The recogniser of that name, one for the whole process: they keep nothing between pictures.

    RecogniserUnknown, whose message lists the names that exist; NetworkMissing without the extra it needs.
    """
    if name not in RECOGNISERS:
        raise RecogniserUnknown(f"there is no recogniser {name!r}; there are: {', '.join(RECOGNISERS)}")
    return RECOGNISERS[name]()


def installed() -> list[str]:
    """The names of those whose libraries are installed."""
    return [name for name in RECOGNISERS if name != Network.name or has_extra()]
