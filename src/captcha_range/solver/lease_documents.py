"""What workers apart read and write: the JSON objects of `/v1/leases`."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from captcha_range.solver.effort import Effort
from captcha_range.solver.errors import FieldInvalid
from captcha_range.solver.leases import Lease, LeaseId
from captcha_range.solver.orders import Solution, TokenOrder

MOST = 64
"""Leases that one call may ask for."""

Token = Annotated[str, Meta(min_length=1, max_length=8_192, pattern="^[!-~]+$")]
FailureCode = Literal["unsolvable", "timeout", "widget", "cancelled", "lost", "crashed"]


class LeaseOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many tasks the worker has room for."""

    limit: Annotated[int, Meta(ge=1, le=MOST)] = 1


class LeaseDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A hold on a task. It lasts `seconds`; the task's own time is over in `left` seconds."""

    lease: str
    task: str
    order: TokenOrder
    seconds: float
    left: float


class LeaseList(msgspec.Struct, frozen=True):
    leases: tuple[LeaseDocument, ...]


class LeaseHeld(msgspec.Struct, frozen=True):
    """The lease is still held."""

    lease: str


class EffortReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which worker, how many challenges it tried, and the own address that it connected from."""

    worker: Annotated[str, Meta(min_length=1, max_length=40)]
    tries: Annotated[int, Meta(ge=0, le=10_000)]
    source: Annotated[str, Meta(min_length=1, max_length=64)] | None = None


class SolutionReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a worker earned: a response token, its key, and the user agent that earned it."""

    token: Token
    response_key: Annotated[str, Meta(max_length=8_192, pattern="^[!-~]*$")]
    user_agent: Annotated[str, Meta(max_length=1_024, pattern="^[ -~]*$")]


class LeaseEnd(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the task ended: with a solution, or with the code of its failure; and what was done for it."""

    solution: SolutionReport | None = None
    failure: FailureCode | None = None
    effort: EffortReport | None = None


class WorkerOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name for the worker's key."""

    name: Annotated[str, Meta(min_length=1, max_length=40, pattern="^[A-Za-z0-9._-]+$")]


class AddedWorker(msgspec.Struct, frozen=True):
    """A worker's key, shown once."""

    name: str
    worker_key: str


class WorkerList(msgspec.Struct, frozen=True):
    """The names that keys of workers were made for."""

    workers: tuple[str, ...]


def lease_document(lease: Lease) -> LeaseDocument:
    return LeaseDocument(lease=str(lease), task=lease.task, order=lease.order, seconds=lease.seconds, left=lease.left)


def lease_of(document: LeaseDocument) -> Lease:
    """The lease as a worker holds it. LeaseLost for an id that is none."""
    held = LeaseId.parse(document.lease)
    return Lease(held.number, held.attempt, document.task, document.order, document.seconds, document.left)


def lease_end(outcome: Solution | str, effort: Effort | None) -> LeaseEnd:
    """How a worker reports an outcome."""
    if isinstance(outcome, Solution):
        solution = SolutionReport(outcome.token, outcome.response_key, outcome.user_agent)
        return LeaseEnd(solution, None, _report(outcome.effort))
    return LeaseEnd(None, msgspec.convert(outcome, FailureCode), _report(effort))


def outcome_of(end: LeaseEnd) -> tuple[Solution | str, Effort | None]:
    """The outcome that was reported. FieldInvalid."""
    effort = None if end.effort is None else Effort(end.effort.worker, end.effort.tries, end.effort.source)
    if end.solution is not None and end.failure is None:
        earned = end.solution
        return Solution(earned.token, earned.response_key, earned.user_agent, effort), effort
    if end.failure is not None and end.solution is None:
        return end.failure, effort
    raise FieldInvalid("solution: name either a solution or a failure, not both")


def _report(effort: Effort | None) -> EffortReport | None:
    return None if effort is None else EffortReport(effort.worker, effort.tries, effort.source)
