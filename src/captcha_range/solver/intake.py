"""Taking orders: every check that comes before a task may exist."""

import msgspec

from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import NOWHERE, Regions
from captcha_range.core.traces import followed
from captcha_range.solver.accounts import Account
from captcha_range.solver.callbacks import Callbacks
from captcha_range.solver.errors import FieldInvalid, ProxyOutside
from captcha_range.solver.orders import Proxy, TokenOrder
from captcha_range.solver.preflights import Preflights
from captcha_range.solver.queue import Queue
from captcha_range.solver.rate_limits import RateLimits
from captcha_range.solver.target import Targets
from captcha_range.solver.tasks import Task
from captcha_range.solver.terms import PLAIN, Terms

LONGEST = {"page_url": 2_048, "user_agent": 1_024, "rqdata": 16_384, "preflight": 64}
"""Characters that a field of an order may have."""


class Intake:
    """Turns an order into a queued task, or refuses it before anything is stored or connected to."""

    def __init__(
        self,
        targets: Targets,
        preflights: Preflights,
        queue: Queue,
        fence: Fence,
        regions: Regions,
        limits: RateLimits | None = None,
    ) -> None:
        """`limits` None: no account is held to its rate limits."""
        self._targets = targets
        self._preflights = preflights
        self._queue = queue
        self._fence = fence
        self._regions = regions
        self._limits = limits
        self._callbacks = Callbacks(fence)

    async def accept(self, account: Account, order: TokenOrder, terms: Terms = PLAIN) -> Task:
        """The queued task.

        RateLimited, FieldInvalid, CallbackOutside, ProxyOutside, SitekeyUnknown, TargetOutside, BalanceEmpty,
        QueueFull; Replayed and IdempotencyMismatch as the terms' key has it.
        """
        if self._limits is not None:
            self._limits.take(account.account, account.limits, "tasks")
        if terms.callback is not None:
            field = "callback_url" if terms.callback.form == "native" else "callbackUrl"
            self._callbacks.check(terms.callback.url, field)
        self._check_fields(order)
        if order.proxy is not None:
            self._check_proxy(order.proxy)
        if terms.once is None:
            # Under overload most orders are refused: those wait neither for the provider nor for a commit.
            self._queue.require_room()
        await self._targets.check(order)
        order = msgspec.structs.replace(self._with_preflight(order), trace=followed())
        return await self._queue.submit(account.account, order, terms)

    def _with_preflight(self, order: TokenOrder) -> TokenOrder:
        """The order with the user agent that its preflight agreed to, unless it names one of its own.

        The region is not filled in: keeping it is the client's part, by its `region` or `proxy`.
        """
        if order.preflight is None or order.user_agent is not None:
            return order
        agreed = self._preflights.recall(order.preflight)
        return order if agreed is None else msgspec.structs.replace(order, user_agent=agreed.user_agent)

    def _check_fields(self, order: TokenOrder) -> None:
        for name, longest in LONGEST.items():
            text = getattr(order, name) or ""
            if len(text) > longest:
                raise FieldInvalid(f"{name}: is longer than {longest} characters")
        if order.user_agent is not None and not _is_plain(order.user_agent):
            raise FieldInvalid("the user agent must be printable ASCII")
        if order.region is not None and order.region not in (*self._regions.labels, NOWHERE):
            raise FieldInvalid(f"region: this range has the regions {', '.join(self._regions.labels)}")

    def _check_proxy(self, proxy: Proxy) -> None:
        if not self._fence.contains(proxy.address):
            raise ProxyOutside
        if not 1 <= proxy.port <= 65_535:
            raise FieldInvalid("the proxy's port must be 1 … 65535")
        if not all(_is_plain(text) for text in (proxy.login, proxy.password)):
            raise FieldInvalid("the proxy's login and password must be printable ASCII")
        if proxy.kind == "http" and ":" in proxy.login:
            raise FieldInvalid("the login of an HTTP proxy must be without a colon (RFC 7617)")
        if proxy.kind == "socks5" and proxy.login and not (len(proxy.login) < 256 and 0 < len(proxy.password) < 256):
            raise FieldInvalid("the login and password of a SOCKS5 proxy must have 1 … 255 characters each (RFC 1929)")


def _is_plain(text: str) -> bool:
    """Whether the text can stand in a header."""
    return text.isascii() and text.isprintable()
