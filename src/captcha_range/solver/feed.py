"""The feed: wakes whoever watches a task when its row has changed. The truth stays in the table."""

import asyncio
import contextlib
from collections.abc import Iterator


class Feed:
    """Watchers by task number."""

    def __init__(self) -> None:
        self._watchers: dict[int, set[asyncio.Event]] = {}
        self.closed = False

    @contextlib.contextmanager
    def watch(self, number: int) -> Iterator[asyncio.Event]:
        """An event that is set whenever the task changes; the watcher clears it before it looks."""
        changed = asyncio.Event()
        if self.closed:
            changed.set()
        self._watchers.setdefault(number, set()).add(changed)
        try:
            yield changed
        finally:
            watchers = self._watchers[number]
            watchers.discard(changed)
            if not watchers:
                del self._watchers[number]

    def note(self, number: int) -> None:
        """The task has changed."""
        for changed in self._watchers.get(number, ()):
            changed.set()

    def close(self) -> None:
        """Nothing is worth watching any more: wake everybody."""
        self.closed = True
        for number in self._watchers:
            self.note(number)

    def watched(self) -> frozenset[int]:
        """The tasks that somebody watches."""
        return frozenset(self._watchers)
