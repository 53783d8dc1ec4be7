"""The provider as one object: its store, its nouns, and the order in which they are made."""

from pathlib import Path

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.core import journal
from captcha_range.core.clock import MovableClock
from captcha_range.core.keys import Keys
from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import Regions
from captcha_range.core.sqlite import Database
from captcha_range.core.streams import Streams
from captcha_range.provider.issued import Issued
from captcha_range.provider.likenesses import Likenesses
from captcha_range.provider.preflights import Preflights
from captcha_range.provider.records import Records
from captcha_range.provider.replays import Replays
from captcha_range.provider.sites import Sites
from captcha_range.provider.siteverify import Siteverify
from captcha_range.provider.solver_desk import SolverDesk
from captcha_range.provider.widget import Widget


class Provider:
    """Everything that the provider's routes call. One process per file: sites and keys are cached in memory."""

    def __init__(
        self, file: Path, *, seed: bytes, pepper: bytes, clock: MovableClock, fence: Fence, regions: Regions
    ) -> None:
        self.database = Database(file, ["captcha_range.core", "captcha_range.provider"])
        self.clock = clock
        self.fence = fence
        streams = Streams(seed)
        self.keys = Keys(self.database, pepper)
        self.sites = Sites(self.database)
        self.records = Records(self.database)
        likenesses = Likenesses(self.database, clock)
        self.desk = SolverDesk(self.database, clock, self.sites, likenesses)
        self.siteverify = Siteverify(self.database, clock, self.sites, Replays(), regions)
        self.issued = Issued(self.database, clock, streams, FAMILIES, likenesses)
        preflights = Preflights(self.database, clock, streams.stream("preflights"), regions.labels)
        spot_checks = streams.stream("spot checks")
        self.widget = Widget(self.database, clock, regions, self.sites, self.issued, preflights, spot_checks)

        self._catch_up()

    async def advance_clock(self, seconds: float) -> float:
        """Move the clock forwards, and note it: a restart must not give back what has expired. The new time."""
        self.clock.advance(seconds)
        now = self.clock.now()
        facts = {"seconds": seconds}
        await self.database.write(lambda connection: journal.append(connection, now, "ClockAdvanced", "clock", facts))
        return now

    def _catch_up(self) -> None:
        """Begin no earlier than the journal ends: an earlier process may have run with its clock moved."""
        latest = self.database.read(journal.latest)
        if latest is not None:
            self.clock.advance(max(0.0, latest.at - self.clock.now()))

    def close(self) -> None:
        self.database.close()
