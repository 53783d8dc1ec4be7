"""What a history records: every operation with the moments between which it took effect, and what it was told.

Moments are ticks, counted by one event loop: an operation that returned before another was invoked has the smaller
one. Clock readings are the injected clock's seconds.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

UNKNOWN = "unknown"
"""What an operation was told whose store did not answer: it may have happened or not."""

OPEN = "open"
"""What a read was told of a task that had not ended."""


class Span(NamedTuple):
    """When an operation was invoked and when it returned: ticks, and the clock's seconds at both."""

    invoked: int
    returned: int
    clock_invoked: float
    clock_returned: float


class Verification(NamedTuple):
    """One siteverify of a token. `told` is `success`, the error code, or UNKNOWN."""

    span: Span
    told: str


Kind = Literal["created", "leased", "finished", "cancelled", "expired", "released", "read"]


class TaskOperation(NamedTuple):
    """One operation on a task.

    `told`: the result that a `finished` or `cancelled` stored, empty if it was refused; the result or OPEN that a
    `read` saw; empty for the others. `attempt` is the lease that a worker acted with.
    """

    kind: Kind
    span: Span
    told: str = ""
    attempt: int = 0


class StoredTask(NamedTuple):
    """A task's row at the end: its state, its result (its token or its failure), and its TaskFinished entries."""

    state: str
    result: str
    finished: int


@dataclass
class History:
    """Everything that the clients, the visitors and the workers did and were told, and what the files hold."""

    issued_at: dict[bytes, float] = field(default_factory=dict)
    verifications: dict[bytes, list[Verification]] = field(default_factory=dict)
    tasks: dict[int, list[TaskOperation]] = field(default_factory=dict)
    restarts: list[Span] = field(default_factory=list)
    stored: dict[int, StoredTask] = field(default_factory=dict)
    verified: Counter[str] = field(default_factory=Counter)
    """Start of a token's digest → how many TokenVerified the provider's journal has."""
    credits_spent: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    """Fault → how often the load made it."""

    @property
    def operations(self) -> int:
        """How many operations were recorded."""
        return len(self.issued_at) + sum(map(len, self.verifications.values())) + sum(map(len, self.tasks.values()))
