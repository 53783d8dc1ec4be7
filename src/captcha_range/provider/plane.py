"""The provider as one object: its store, its nouns, and the order in which they are made."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import msgspec

from captcha_range.challenges.family import Family
from captcha_range.core import journal
from captcha_range.core.clock import MovableClock
from captcha_range.core.keys import Keys
from captcha_range.core.lab_nets import Fence
from captcha_range.core.once import once
from captcha_range.core.regions import Regions
from captcha_range.core.sqlite import Database
from captcha_range.core.streams import Streams
from captcha_range.provider.calls import Calls
from captcha_range.provider.dashboard import GALLERY
from captcha_range.provider.details import Details
from captcha_range.provider.issued import Issued
from captcha_range.provider.likenesses import Likenesses
from captcha_range.provider.meters import ACCEPTED, Meters
from captcha_range.provider.namespaces import Namespaces
from captcha_range.provider.overview import Overview
from captcha_range.provider.preflights import Preflights
from captcha_range.provider.records import Records
from captcha_range.provider.replays import Replays
from captcha_range.provider.sites import Site, SiteOrder, Sites, plan_site
from captcha_range.provider.siteverify import Siteverify
from captcha_range.provider.solver_desk import SolverDesk
from captcha_range.provider.stagings import Stagings
from captcha_range.provider.tickets import Tickets
from captcha_range.provider.widget import Widget


def _families() -> Mapping[str, Family]:
    # With NumPy, OpenCV and all that draws: half of the memory, and not needed before there is a visitor.
    from captcha_range.challenges.catalogue import FAMILIES

    return FAMILIES


class Provider:
    """Everything that the provider's routes call. One process per file: sites and keys are cached in memory."""

    def __init__(
        self, file: Path, *, seed: bytes, pepper: bytes, clock: MovableClock, fence: Fence, regions: Regions
    ) -> None:
        self.database = Database(file, ["captcha_range.core", "captcha_range.provider"])
        self.clock = clock
        self.fence = fence
        self.meters = Meters()
        streams = Streams(seed)
        self.keys = Keys(self.database, pepper)
        self.sites = Sites(self.database)
        self.records = Records(self.database)
        likenesses = Likenesses(self.database, clock)
        self.desk = SolverDesk(self.database, clock, self.sites, likenesses)
        self.namespaces = Namespaces(self.database, clock, streams)
        self.stagings = Stagings()
        self.tickets = Tickets()
        self.overview = Overview()
        self.calls = Calls(self.database, clock)
        details = Details(pepper)
        self.siteverify = Siteverify(
            self.database, clock, self.sites, self.namespaces, Replays(), regions, details, self.meters
        )
        self.issued = Issued(self.database, self.sites, self.namespaces, _families, likenesses, self.meters)
        terms, spot_checks = (once(partial(streams.stream, name)) for name in ("preflights", "spot checks"))
        preflights = Preflights(self.database, clock, terms, regions.labels)
        self.widget = Widget(
            self.database,
            self.namespaces,
            regions,
            self.sites,
            self.issued,
            preflights,
            self.calls,
            self.meters,
            spot_checks,
        )

        self._catch_up()

    async def register(self, order: SiteOrder) -> tuple[Site, str]:
        """Register a site, and tell its secret. SiteInvalid, NamespaceUnknown.

        Sites of a namespace with a seed draw by their place in it: the same test sees the same challenges.
        """
        if order.namespace and self.namespaces.find(order.namespace).seed is not None and not order.draws_as:
            place = len(self.sites.of_namespace(order.namespace))
            order = msgspec.structs.replace(order, draws_as=f"site {place}")
        await self.issued.get_ready()
        site, secret = plan_site(order, self.fence, tuple(self.issued.families))
        await self.sites.add(site, secret)
        return site, secret

    async def reset(self, namespace: str) -> None:
        """Put a namespace back to its beginning, with nothing staged for it; its sites stay. NamespaceUnknown."""
        await self.namespaces.reset(namespace)
        sites = self.sites.of_namespace(namespace)
        self.issued.forget(sites)
        self.stagings.clear(sites, namespace)

    async def remove(self, namespace: str) -> None:
        """Forget a namespace with its sites. NamespaceUnknown."""
        sites = self.sites.of_namespace(namespace)
        await self.namespaces.remove(namespace)
        for site in sites:
            self.sites.forget(site)
        self.issued.forget(sites)
        self.stagings.clear(sites, namespace)

    async def advance_clock(self, seconds: float) -> float:
        """Move the clock forwards, and note it: a restart must not give back what has expired. The new time."""
        self.clock.advance(seconds)
        now = self.clock.now()
        facts = {"seconds": seconds}
        await self.database.write(lambda connection: journal.append(connection, now, "ClockAdvanced", "clock", facts))
        return now

    def counts(self) -> dict[str, int]:
        """What the overview shows of this plane: what it holds, and what it counted since its start."""
        verdicts, answered = self.meters.siteverify.values, self.meters.answered.values
        accepted = verdicts.get((ACCEPTED,), 0)
        return {
            "sites": sum(site.namespace != GALLERY for site in self.sites.all()),
            "namespaces": sum(each.name != GALLERY for each in self.namespaces.all()),
            "scenarios staged": len(self.stagings.all()),
            "challenges issued": sum(self.meters.issued.values.values()),
            "challenges passed": answered.get(("passed",), 0),
            "tokens accepted": accepted,
            "verifications refused": sum(verdicts.values()) - accepted,
            "journal entries": self.database.read(journal.end),
        }

    def _catch_up(self) -> None:
        """Begin no earlier than the journal ends: an earlier process may have run with its clock moved."""
        latest = self.database.read(journal.latest)
        if latest is not None:
            self.clock.advance(max(0.0, latest.at - self.clock.now()))

    def close(self) -> None:
        self.issued.close()
        self.database.close()
