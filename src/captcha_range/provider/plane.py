"""The provider as one object: its store, its nouns, and the order in which they are made."""

from pathlib import Path

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.core.clock import MovableClock
from captcha_range.core.keys import Keys
from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import Regions
from captcha_range.core.sqlite import Database
from captcha_range.core.streams import Streams
from captcha_range.provider.issued import Issued
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
        self.desk = SolverDesk(self.database, clock, self.sites)
        self.siteverify = Siteverify(self.database, clock, self.sites, Replays(), regions)
        self.issued = Issued(self.database, clock, streams, FAMILIES)
        preflights = Preflights(self.database, clock, streams.stream("preflights"), regions.labels)
        self.widget = Widget(self.database, clock, regions, self.sites, self.issued, preflights)

    def close(self) -> None:
        self.database.close()
