"""The solver as one object: its store, its nouns, and the order in which they are made."""

from collections.abc import Mapping
from pathlib import Path

from captcha_range.core.clock import Clock
from captcha_range.core.keys import Keys
from captcha_range.core.lab_nets import Fence
from captcha_range.core.meters import Gauge, Meter
from captcha_range.core.regions import Regions
from captcha_range.core.sqlite import Database
from captcha_range.recognition.recogniser import Recogniser
from captcha_range.solver import native_documents
from captcha_range.solver.accounts import Accounts
from captcha_range.solver.courier import Courier
from captcha_range.solver.dialects import create_task
from captcha_range.solver.egress import Egress
from captcha_range.solver.feed import Feed
from captcha_range.solver.idempotency import Idempotency
from captcha_range.solver.intake import Intake
from captcha_range.solver.joins import Joins
from captcha_range.solver.meters import Meters
from captcha_range.solver.outbox import Outbox, Render
from captcha_range.solver.preflights import Preflights
from captcha_range.solver.provider_link import ProviderLink
from captcha_range.solver.queue import Queue
from captcha_range.solver.rate_limits import RateLimits
from captcha_range.solver.recognitions import Recognitions
from captcha_range.solver.reports import Reports
from captcha_range.solver.retention import Retention
from captcha_range.solver.slots import Slots
from captcha_range.solver.target import Targets
from captcha_range.solver.task_events import TaskEvents
from captcha_range.solver.tasks import MOST_OPEN, Tasks
from captcha_range.solver.webhook_secrets import WebhookSecrets
from captcha_range.solver.worker import StartedWorker, Worker
from captcha_range.solver.worker_keys import WorkerKeys
from captcha_range.solver.workers.catalogue import WORKERS

WEBHOOK_BODIES: Mapping[str, Render] = {
    "native": native_documents.webhook_body,
    "create_task": create_task.webhook_body,
}
"""How a task's end is told, by the form of its callback."""


class Solver:
    """Everything that the solver's routes call. One process per file: keys are cached in memory."""

    def __init__(
        self,
        file: Path,
        *,
        pepper: bytes,
        clock: Clock,
        fence: Fence,
        regions: Regions,
        provider_url: str,
        provider_key: str,
        recogniser: Recogniser,
        slots: int,
        worker: Worker | None = None,
        worker_name: str = "protocol",
        max_open_tasks: int = MOST_OPEN,
    ) -> None:
        """`worker` None makes the one of that name; `slots` is how many tasks run here at the same time.

        With 0 slots there is no worker here: processes apart take the tasks over HTTP.
        """
        self.database = Database(file, ["captcha_range.core", "captcha_range.solver"])
        self.clock = clock
        self.meters = Meters()
        self.keys = Keys(self.database, pepper)
        self.worker_keys = WorkerKeys(self.database, self.keys, clock)
        self.accounts = Accounts(self.database, self.keys, clock)
        self.webhook_secrets = WebhookSecrets(self.database, clock)
        self.limits = RateLimits(clock)
        self.egress = Egress(fence)
        self.link = ProviderLink(self.egress, provider_url, provider_key)
        self.outbox = Outbox(self.database, clock, WEBHOOK_BODIES)
        self.courier = Courier(self.outbox, self.webhook_secrets, self.egress, clock, self.meters)
        self.tasks = Tasks(self.database, clock, self.outbox, self.meters, most_open=max_open_tasks)
        self.feed = Feed()
        self.queue = Queue(self.tasks, clock, feed=self.feed, on_end=self.courier.wake)
        self._worker: Worker | None = None
        self.slots: Slots | None = None
        if slots > 0:
            self._worker = worker or WORKERS[worker_name](self.link, fence, regions, recogniser, slots)
            self.slots = Slots(self.queue, self._worker, slots, clock, meters=self.meters, worker_name=worker_name)
        self.events = TaskEvents(self.database, self.feed)
        self.idempotency = Idempotency(self.database, clock)
        self.reports = Reports(self.database, clock)
        self.retention = Retention(self.database, clock)
        self.joins = Joins(clock)
        targets = Targets(self.link, clock)
        self.preflights = Preflights(self.database, clock, self.link, targets)
        self.intake = Intake(targets, self.preflights, self.queue, fence, regions, self.limits)
        self.recognitions = Recognitions(self.link, self.accounts, recogniser, self.limits, self.meters)

    def all_meters(self) -> tuple[Meter, ...]:
        """What the solver counted, and how busy it is now."""
        tasks = self.tasks
        return (
            *self.meters.all(),
            Gauge("captcha_range_tasks_queued", "Tasks that wait for a worker.", lambda: tasks.open_now()["queued"]),
            Gauge("captcha_range_tasks_running", "Tasks that a worker has.", lambda: tasks.open_now()["running"]),
            Gauge("captcha_range_worker_slots", "Tasks that may run at once.", lambda: self.places),
        )

    def counts(self) -> dict[str, int]:
        """What the overview shows of this plane: what it has open, and what it counted since its start."""
        open_now, ended = self.tasks.open_now(), self.meters.ended.values
        ready = sum(count for (_, state, _), count in ended.items() if state == "ready")
        return {
            "accounts": len(self.accounts.all()),
            "tasks queued": open_now["queued"],
            "tasks running": open_now["running"],
            "worker slots": self.places,
            "tasks solved": ready,
            "tasks failed": sum(ended.values()) - ready,
        }

    @property
    def places(self) -> int:
        """How many tasks can run at the same time now, here and in the processes apart that wait for some."""
        here = 0 if self.slots is None else self.slots.size
        return here + self.queue.places_apart()

    async def start(self) -> None:
        """Begin to work on tasks."""
        if isinstance(self._worker, StartedWorker):
            await self._worker.start()
        await self.queue.start()
        if self.slots is not None:
            await self.slots.start()
        await self.courier.start()
        await self.retention.start()

    async def drain(self, seconds: float) -> None:
        """Take no more tasks, let what runs here end for so many seconds, and answer everybody who waits."""
        if self.slots is not None:
            await self.slots.drain(seconds)
        self.queue.close()

    async def stop(self) -> None:
        """Stop working; nothing that was acknowledged is lost."""
        await self.retention.stop()
        await self.drain(0.0)
        await self.queue.stop()
        await self.courier.stop()
        if isinstance(self._worker, StartedWorker):
            await self._worker.stop()
        await self.egress.close()
        self.database.close()
