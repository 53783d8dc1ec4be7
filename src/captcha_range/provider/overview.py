"""The overview: each plane of this process on one page, with its address, version and counts."""

from collections.abc import Callable

import msgspec

from captcha_range import __version__


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """One plane as it stands now; `counts` by what is counted."""

    plane: str
    url: str
    counts: dict[str, int]
    version: str = __version__
    status: str = "ok"


class Overview:
    """Collects what the planes tell of themselves. Whoever joins the planes adds them; they do not know each other."""

    def __init__(self) -> None:
        self._planes: list[tuple[str, str, Callable[[], dict[str, int]]]] = []

    def add(self, plane: str, url: str, counts: Callable[[], dict[str, int]]) -> None:
        """Show a plane that listens at `url`."""
        self._planes.append((plane, url, counts))

    def now(self) -> list[Sight]:
        """Every plane, in the order in which they were added."""
        return [Sight(plane=plane, url=url, counts=counts()) for plane, url, counts in self._planes]
