"""The latest few happenings of every key, in memory: bounded in keys and in happenings of each."""

from collections import OrderedDict, deque
from collections.abc import Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")

MOST_KEYS = 4_096
MOST_OF_EACH = 64


class Recent(Generic[Value]):
    """What happened to each key, and when. Of too many keys, the one that nothing happened to for longest is lost."""

    def __init__(self, keys: int = MOST_KEYS, each: int = MOST_OF_EACH) -> None:
        self._keys = keys
        self._each = each
        self._all: OrderedDict[Hashable, deque[tuple[float, Value]]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._all)

    def add(self, key: Hashable, at: float, value: Value) -> None:
        """Remember that `value` happened to `key` at a time, in Unix seconds."""
        happened = self._all.get(key)
        if happened is None:
            happened = self._all[key] = deque(maxlen=self._each)
            if len(self._all) > self._keys:
                self._all.popitem(last=False)
        else:
            self._all.move_to_end(key)
        happened.append((at, value))

    def since(self, key: Hashable, after: float) -> list[tuple[float, Value]]:
        """What happened to `key` later than `after`, oldest first."""
        return [each for each in self._all.get(key, ()) if each[0] > after]

    def count(self, key: Hashable, after: float) -> int:
        """How often something happened to `key` later than `after`; at most what is remembered of each."""
        return sum(1 for at, _ in self._all.get(key, ()) if at > after)

    def distinct(self, key: Hashable, after: float) -> int:
        """How many different values happened to `key` later than `after`."""
        return len({value for at, value in self._all.get(key, ()) if at > after})
