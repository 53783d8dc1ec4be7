"""Values that are dear to make and are made at the first use."""

import threading
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

T = TypeVar("T")


def once(make: Callable[[], T]) -> Callable[[], T]:
    """Make the value at the first call and keep it. Threads that ask meanwhile wait, instead of making their own."""
    lock, made = threading.Lock(), list[T]()

    @wraps(make)
    def get() -> T:
        if not made:
            with lock:
                if not made:
                    made.append(make())
        return made[0]

    return get
