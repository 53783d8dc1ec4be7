"""What the solver counts."""

from captcha_range.core.meters import PATIENT, Counter, Histogram, Meter
from captcha_range.core.observed import HttpMeters


class Meters:
    """The solver's meters, but for those that the plane reads when asked; docs/reference/metrics.md lists them all."""

    def __init__(self) -> None:
        self.http = HttpMeters()
        self.moves = Counter(
            "captcha_range_task_moves_total",
            "Changes of a task's state: created, leased, released, solved, failed.",
            "event",
        )
        self.ended = Counter(
            "captcha_range_tasks_ended_total",
            "Tasks that ended, by type, state and failure code; none: there is a token.",
            "type",
            "state",
            "failure",
        )
        self.until_ready = Histogram(
            "captcha_range_task_ready_seconds", "Seconds from a task's creation to its token, by type.", PATIENT, "type"
        )
        self.solving = Histogram(
            "captcha_range_solve_seconds",
            "Seconds that a worker had a task, by worker and outcome: solved, failed, released.",
            PATIENT,
            "worker",
            "outcome",
        )
        self.webhooks = Counter(
            "captcha_range_webhook_attempts_total",
            "Attempts to deliver a webhook: delivered, pending (it is tried again), failed (given up).",
            "outcome",
        )
        self.recognitions = Counter(
            "captcha_range_recognitions_total",
            "Pictures sent for recognition: recognised, or the code of the refusal.",
            "outcome",
        )

    def all(self) -> tuple[Meter, ...]:
        return (
            *self.http.all(),
            self.moves,
            self.ended,
            self.until_ready,
            self.solving,
            self.webhooks,
            self.recognitions,
        )
