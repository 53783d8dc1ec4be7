"""Challenges drawn before they are asked for, so that issuing one is a copy."""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from captcha_range.core.work_threads import step_back
from captcha_range.provider.sites import Site

EACH: Final = 8
"""Challenges that are kept for a site, at most; a picture is some 50 KB."""
SITES: Final = 16
"""Sites that have a reserve: those that were asked last."""

Drawn = TypeVar("Drawn")
_Key = tuple[str, str, str, tuple[str, ...], int, int]


@dataclass(slots=True)
class _Shelf(Generic[Drawn]):
    """What lies ready for one site, by index; `first` is the next index that can be asked for."""

    site: Site
    first: int = 0
    asked: int = 0
    is_expected: bool = False
    ready: dict[int, Future[Drawn]] = field(default_factory=dict)
    is_filling: bool = False
    is_gone: bool = False


class Reserve(Generic[Drawn]):
    """Draws a site's next challenges ahead, on a thread of its own.

    A challenge hangs on its site and index alone, so that drawing early or twice changes nothing: the sequence is the
    same without any reserve, and what lies here when the process ends is drawn again, not lost. A site's reserve is no
    larger than the number of challenges it asked for: who asks once costs one drawing more. A visitor who is expected
    has one drawn before the first.
    """

    def __init__(self, draw: Callable[[Site, int], Drawn]) -> None:
        self._draw = draw
        self._lock = threading.Lock()
        self._shelves: OrderedDict[_Key, _Shelf[Drawn]] = OrderedDict()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reserve", initializer=step_back)
        self._is_closed = False

    async def take(self, site: Site, index: int) -> Drawn:
        """The site's challenge of an index, drawn now if it does not lie ready."""
        with self._lock:
            shelf = self._shelf_of(site)
            shelf.asked += 1
            shelf.first = max(shelf.first, index + 1)
            ready = shelf.ready.pop(index, None)
        if ready is None:
            return await asyncio.to_thread(self._draw, site, index)
        if ready.done():
            return ready.result()
        # Shielded: a visitor who leaves must not stop a drawing that is going on.
        return await asyncio.shield(asyncio.wrap_future(ready))

    def expect(self, site: Site, index: int) -> None:
        """Draw the site's next challenge, later, if it is the first that may be asked for here."""
        with self._lock:
            shelf = self._shelf_of(site)
            is_first = not shelf.asked and not shelf.is_expected
            if is_first:
                shelf.is_expected, shelf.first = True, index
        if is_first:
            self.refill(site)

    def refill(self, site: Site) -> None:
        """Draw what is missing, later."""
        with self._lock:
            shelf = self._shelves.get(_key_of(site))
            if shelf is None or shelf.is_filling or self._is_closed:
                return
            shelf.is_filling = True
            self._thread.submit(self._fill, shelf)

    def forget(self, sites: Iterable[Site]) -> None:
        """Drop what lies ready for these sites."""
        with self._lock:
            for site in sites:
                self._drop(_key_of(site))

    def close(self) -> None:
        """Draw no more, and wait until the drawing that is going on has ended."""
        with self._lock:
            self._is_closed = True
        self._thread.shutdown(wait=True)

    def ready(self, site: Site) -> tuple[int, ...]:
        """The indices that lie ready for a site, or are being drawn."""
        with self._lock:
            shelf = self._shelves.get(_key_of(site))
            return () if shelf is None else tuple(sorted(shelf.ready))

    def _shelf_of(self, site: Site) -> _Shelf[Drawn]:
        key = _key_of(site)
        if key not in self._shelves and len(self._shelves) == SITES:
            self._drop(next(iter(self._shelves)))
        shelf = self._shelves.setdefault(key, _Shelf(site))
        self._shelves.move_to_end(key)
        return shelf

    def _drop(self, key: _Key) -> None:
        shelf = self._shelves.pop(key, None)
        if shelf is not None:
            shelf.is_gone = True

    def _fill(self, shelf: _Shelf[Drawn]) -> None:
        while (missing := self._missing(shelf)) is not None:
            index, promise = missing
            try:
                promise.set_result(self._draw(shelf.site, index))
            except Exception as error:  # noqa: BLE001 - told to whoever takes it
                promise.set_exception(error)

    def _missing(self, shelf: _Shelf[Drawn]) -> tuple[int, Future[Drawn]] | None:
        """The next index to draw, and the place for it."""
        with self._lock:
            wanted = range(shelf.first, shelf.first + min(EACH, max(shelf.asked, int(shelf.is_expected))))
            shelf.ready = {index: ready for index, ready in shelf.ready.items() if index in wanted}
            index = next((each for each in wanted if each not in shelf.ready), None)
            if index is None or shelf.is_gone or self._is_closed:
                shelf.is_filling = False
                return None
            promise: Future[Drawn] = Future()
            # It is being drawn already: nobody may cancel it.
            promise.set_running_or_notify_cancel()
            shelf.ready[index] = promise
            return index, promise


def _key_of(site: Site) -> _Key:
    """All that a challenge of the site hangs on, but the index."""
    return site.sitekey, site.namespace, site.draws_as, site.families, site.level, site.rounds
