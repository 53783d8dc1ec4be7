"""The solver as one object: its store, its nouns, and the order in which they are made."""

from pathlib import Path

from captcha_range.core.clock import Clock
from captcha_range.core.keys import Keys
from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import Regions
from captcha_range.core.sqlite import Database
from captcha_range.recognition.recogniser import Recogniser
from captcha_range.solver.accounts import Accounts
from captcha_range.solver.egress import Egress
from captcha_range.solver.intake import Intake
from captcha_range.solver.joins import Joins
from captcha_range.solver.preflights import Preflights
from captcha_range.solver.provider_link import ProviderLink
from captcha_range.solver.queue import Queue
from captcha_range.solver.recognitions import Recognitions
from captcha_range.solver.target import Targets
from captcha_range.solver.tasks import Tasks
from captcha_range.solver.worker import StartedWorker, Worker
from captcha_range.solver.workers.catalogue import WORKERS


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
    ) -> None:
        """`worker` None makes the one of that name; `slots` is how many tasks run at the same time."""
        self.database = Database(file, ["captcha_range.core", "captcha_range.solver"])
        self.clock = clock
        self.keys = Keys(self.database, pepper)
        self.accounts = Accounts(self.database, self.keys)
        self.egress = Egress(fence)
        self.link = ProviderLink(self.egress, provider_url, provider_key)
        self.tasks = Tasks(self.database, clock)
        self._worker = worker or WORKERS[worker_name](self.link, fence, regions, recogniser)
        self.queue = Queue(self.tasks, self._worker, clock, slots)
        self.joins = Joins(clock)
        targets = Targets(self.link, clock)
        self.preflights = Preflights(self.database, clock, self.link, targets)
        self.intake = Intake(targets, self.preflights, self.queue, fence, regions)
        self.recognitions = Recognitions(self.link, self.accounts, recogniser)

    async def start(self) -> None:
        """Begin to work on tasks."""
        if isinstance(self._worker, StartedWorker):
            await self._worker.start()
        await self.queue.start()

    async def stop(self) -> None:
        """Stop working; nothing that was acknowledged is lost."""
        await self.queue.stop()
        if isinstance(self._worker, StartedWorker):
            await self._worker.stop()
        await self.egress.close()
        self.database.close()
