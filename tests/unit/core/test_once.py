"""A value that is dear to make is made by one thread only."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from captcha_range.core.once import once


def test_threads_that_ask_at_the_same_moment_get_one_value() -> None:
    made, start = [], threading.Barrier(8)

    @once
    def value() -> object:
        made.append(threading.get_ident())
        return object()

    def ask(_: int) -> object:
        start.wait()
        return value()

    with ThreadPoolExecutor(8) as threads:
        values = list(threads.map(ask, range(8)))
    assert len(made) == 1
    assert all(each is values[0] for each in values)


def test_a_value_that_could_not_be_made_is_tried_again() -> None:
    outcomes = iter([ValueError("not yet"), None])

    @once
    def value() -> str:
        error = next(outcomes)
        if error is not None:
            raise error
        return "made"

    with pytest.raises(ValueError, match="not yet"):
        value()
    assert value() == "made"
