"""Is a history of tasks one of exactly one end each? One pass over each task's operations."""

from collections.abc import Iterator, Sequence

from tests.histories.records import OPEN, History, Span, StoredTask, TaskOperation

TERMINAL = ("ready", "failed")
OUT_OF_TIME = ("timeout", "lost")


def task_breaches(history: History) -> Iterator[str]:
    """Every promise about tasks that the history breaks."""
    for number, done in history.tasks.items():
        stored = history.stored.get(number)
        if stored is None:
            yield f"task {number}: acknowledged but lost"
            continue
        for breach in (*_of_end(done, stored), *_of_reads(done), *_of_leases(done, history.restarts)):
            yield f"task {number}: {breach}"
    charged = sum(stored.state != "failed" for stored in history.stored.values())
    if history.credits_spent != charged:
        yield f"{history.credits_spent} credits were spent, {charged} were to be"


def _of_end(done: Sequence[TaskOperation], stored: StoredTask) -> Iterator[str]:
    if stored.state not in TERMINAL:
        yield f"{stored.state}, not ended"
    if stored.finished != 1:
        yield f"finished {stored.finished} times in the journal"
    ends = [each.told for each in done if each.kind == "finished" and each.told]
    # A task that is cancelled again is told the same again.
    ends += {each.told for each in done if each.kind == "cancelled" and each.told}
    ends += [stored.result for each in done if each.kind == "expired"]
    if len(ends) > 1:
        yield f"ended {len(ends)} times"
    if any(each.kind == "expired" for each in done) and stored.result not in OUT_OF_TIME:
        yield f"out of time, but stored as {stored.result}"
    if any(told != stored.result for told in ends):
        yield "another result is stored than was acknowledged"
    if any(each.kind == "read" and each.told not in (OPEN, stored.result) for each in done):
        yield "a result was read that changed"


def _of_reads(done: Sequence[TaskOperation]) -> Iterator[str]:
    """What has ended stays ended: nothing that begins after an end was told may see or lease an open task."""
    told_at = min((each.span.returned for each in done if _tells_end(each)), default=None)
    if told_at is None:
        return
    for each in done:
        if each.span.invoked > told_at and (each.kind == "leased" or each.told == OPEN):
            yield f"{each.kind} as open after its end was told"


def _tells_end(each: TaskOperation) -> bool:
    return each.kind == "expired" or (each.kind in ("finished", "cancelled", "read") and each.told not in ("", OPEN))


def _of_leases(done: Sequence[TaskOperation], restarts: Sequence[Span]) -> Iterator[str]:
    leases = {each.attempt: each.span for each in done if each.kind == "leased"}
    if len(leases) != sum(each.kind == "leased" for each in done):
        yield "two leases have one attempt"
    for each in done:
        if each.kind != "finished":
            continue
        later = [span for attempt, span in leases.items() if attempt > each.attempt]
        if each.told and any(span.returned < each.span.invoked for span in later):
            yield "finished by a worker that had lost it"
        if not each.told and not _may_be_refused(each, done, later, [leases[each.attempt], *restarts]):
            yield "the worker that held it was refused"


def _may_be_refused(
    each: TaskOperation, done: Sequence[TaskOperation], later: Sequence[Span], since: Sequence[Span]
) -> bool:
    """Whether something that began before the refusal came took the task from its worker, or ended it."""
    leased, *restarts = since
    causes = [span.invoked for span in later]
    causes += [other.span.invoked for other in done if _ends_or_frees(other, each)]
    causes += [span.invoked for span in restarts if span.returned > leased.invoked]
    return any(cause < each.span.returned for cause in causes)


def _ends_or_frees(other: TaskOperation, refused: TaskOperation) -> bool:
    if other.kind == "released":
        return other.attempt == refused.attempt
    return other.kind == "expired" or (other.kind in ("finished", "cancelled") and other.told != "")
