"""What a worker did for a task: part of the evidence of its outcome."""

import msgspec


class Effort(msgspec.Struct, frozen=True):
    """Which worker, how many challenges it tried, and the own address that it connected from (None: any)."""

    worker: str
    tries: int
    source: str | None = None
