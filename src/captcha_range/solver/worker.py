"""What a worker is."""

from typing import Protocol, runtime_checkable

from captcha_range.solver.orders import Solution, TokenOrder


class Worker(Protocol):
    """Turns an order into a solution, or raises one of the errors that end a task."""

    async def solve(self, order: TokenOrder) -> Solution: ...


@runtime_checkable
class StartedWorker(Worker, Protocol):
    """A worker that holds something, such as a browser, for as long as the solver runs."""

    async def start(self) -> None:
        """Get ready; a RangeError means that it cannot work here, and the solver does not start."""
        ...

    async def stop(self) -> None: ...
