"""The recognisers by name. A new one is one file, one loader and one line here, and one test.

Each is imported in its loader: they need NumPy and OpenCV, which a solver without tasks does not.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Final

from captcha_range.core.errors import RangeError
from captcha_range.core.once import once
from captcha_range.core.pixels import Picture
from captcha_range.recognition.extra import has_extra, refuse_without_extra
from captcha_range.recognition.recogniser import Recogniser, Recognition


def _random() -> Recogniser:
    from captcha_range.recognition.blind import Blind

    return Blind()


def _classical() -> Recogniser:
    from captcha_range.recognition.classical import Classical

    return Classical()


def _cnn() -> Recogniser:
    from captcha_range.recognition.network import Network

    return Network()


_NETWORK: Final = "cnn"
RECOGNISERS: Final[dict[str, Callable[[], Recogniser]]] = {
    "random": _random,
    "classical": _classical,
    _NETWORK: _cnn,
}


class RecogniserUnknown(RangeError):
    """There is no recogniser of that name."""

    code = "recogniser_unknown"


class LateRecogniser:
    """A recogniser that is loaded when it is first asked for anything but its name."""

    def __init__(self, name: str, load: Callable[[], Recogniser]) -> None:
        self.name = name
        self._load = once(load)

    @property
    def families(self) -> frozenset[str]:
        return self._load().families

    def recognise(self, picture: Picture, question: str) -> Recognition | None:
        return self._load().recognise(picture, question)


def late_recogniser(name: str) -> Recogniser:
    """The recogniser of that name, which is loaded when it is needed.

    Refused at once all the same: RecogniserUnknown, NetworkMissing.
    """
    _require(name)
    return LateRecogniser(name, partial(load_recogniser, name))


@cache
def load_recogniser(name: str) -> Recogniser:
    """The recogniser of that name, one for the whole process: they keep nothing between pictures.

    RecogniserUnknown, whose message lists the names that exist; NetworkMissing without the extra it needs.
    """
    _require(name)
    return RECOGNISERS[name]()


def _require(name: str) -> None:
    if name not in RECOGNISERS:
        raise RecogniserUnknown(f"there is no recogniser {name!r}; there are: {', '.join(RECOGNISERS)}")
    if name == _NETWORK:
        refuse_without_extra()


def installed() -> list[str]:
    """The names of those whose libraries are installed."""
    return [name for name in RECOGNISERS if name != _NETWORK or has_extra()]
