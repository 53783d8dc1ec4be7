"""What a worker is."""

from typing import Protocol

from captcha_range.solver.orders import Solution, TokenOrder


class Worker(Protocol):
    """Turns an order into a solution, or raises one of the errors that end a task."""

    async def solve(self, order: TokenOrder) -> Solution: ...
