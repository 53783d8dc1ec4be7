"""Every check comes before a task exists: what is refused is neither stored nor charged nor asked about."""

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from captcha_range.core.clock import StillClock
from captcha_range.core.errors import RangeError
from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import Regions
from captcha_range.core.sqlite import Database
from captcha_range.solver.accounts import Account, Accounts
from captcha_range.solver.egress import Egress
from captcha_range.solver.errors import FieldInvalid, ProxyOutside, SitekeyUnknown, TargetOutside
from captcha_range.solver.intake import LONGEST, Intake
from captcha_range.solver.orders import Proxy, TokenOrder
from captcha_range.solver.preflights import Preflights
from captcha_range.solver.provider_link import Preflight, ProviderLink, SiteFacts
from captcha_range.solver.queue import Queue
from captcha_range.solver.target import Targets
from captcha_range.solver.tasks import Tasks

SITEKEY = "338af34c-7bcb-4c7c-900b-acbec73d7d43"
PAGE = "http://shop.localhost:8000/register"


class FakeLink(ProviderLink):
    def __init__(self) -> None:
        super().__init__(Egress(Fence()), "http://127.0.0.1:1", "key")
        self.asked = 0

    async def site(self, sitekey: str) -> SiteFacts | None:
        self.asked += 1
        return SiteFacts(SITEKEY, ("http://shop.localhost:8000",), False) if sitekey == SITEKEY else None

    async def agree_preflight(self, sitekey: str) -> Preflight:
        return Preflight("p", "gb", "agreed agent")


@dataclass
class Desk:
    intake: Intake
    link: FakeLink
    preflights: Preflights
    database: Database
    accounts: Accounts
    account: Account

    async def accept(self, **fields: Any) -> TokenOrder:
        order = TokenOrder(**{"sitekey": SITEKEY, "page_url": PAGE, **fields})
        return (await self.intake.accept(self.account, order)).order

    async def refuse(self, kind: type[RangeError], **fields: Any) -> str:
        """The message of the refusal, after which nothing has changed."""
        with pytest.raises(kind) as raised:
            await self.accept(**fields)
        assert self.database.read(lambda c: c.execute("SELECT count(*) FROM tasks").fetchone()[0]) == 0
        assert (
            self.database.read(
                lambda c: c.execute("SELECT count(*) FROM journal WHERE event LIKE 'Task%'").fetchone()[0]
            )
            == 0
        )
        assert self.accounts.all() == [self.account]
        return str(raised.value)


@pytest.fixture
def desk(database: Database, tasks: Tasks, clock: StillClock, accounts: Accounts, account: Account) -> Desk:
    link = FakeLink()
    queue = Queue(tasks, clock)
    targets = Targets(link, clock)
    preflights = Preflights(database, clock, link, targets)
    intake = Intake(targets, preflights, queue, Fence(["10.1.0.0/16"]), Regions())
    return Desk(intake, link, preflights, database, accounts, account)


async def test_an_order_within_the_range_is_queued_as_it_came(desk: Desk) -> None:
    fields: dict[str, Any] = {
        "user_agent": "agent",
        "invisible": True,
        "rqdata": "r",
        "region": "gb",
        "proxy": Proxy("127.0.0.1", 8888, "me", "secret"),
        "preflight": "p",
    }
    assert await desk.accept(**fields) == TokenOrder(sitekey=SITEKEY, page_url=PAGE, **fields)


@pytest.mark.parametrize("field", LONGEST)
async def test_a_field_may_have_so_many_characters_and_no_more(desk: Desk, field: str) -> None:
    longest = PAGE.ljust(LONGEST[field], "x") if field == "page_url" else "x" * LONGEST[field]
    message = await desk.refuse(FieldInvalid, **{field: longest + "x"})
    assert message == f"{field}: is longer than {LONGEST[field]} characters"
    assert msgspec.structs.asdict(await desk.accept(**{field: longest}))[field] == longest


@pytest.mark.parametrize("user_agent", ["a\r\nx-injected: 1", "a\nb", "\x00", "\x7f", "é", "验", "a\tb"])
async def test_a_user_agent_that_is_not_printable_ascii_is_refused(desk: Desk, user_agent: str) -> None:
    assert await desk.refuse(FieldInvalid, user_agent=user_agent) == "the user agent must be printable ASCII"


@pytest.mark.parametrize("region", ["us", "gb", "hk", "ca", "sg", "local"])
async def test_a_region_of_this_range_is_taken(desk: Desk, region: str) -> None:
    assert (await desk.accept(region=region)).region == region


@pytest.mark.parametrize("region", ["fr", "GB", "gb ", "127.0.20.1", "::", "*"])
async def test_another_region_is_refused_with_those_that_there_are(desk: Desk, region: str) -> None:
    assert "us, gb, hk, ca, sg" in await desk.refuse(FieldInvalid, region=region)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "10.1.2.3"])
async def test_a_proxy_inside_the_range_is_taken(desk: Desk, address: str) -> None:
    assert (await desk.accept(proxy=Proxy(address, 80))).proxy == Proxy(address, 80)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "10.2.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "0.0.0.0",  # noqa: S104 - refused, not bound to
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "fe80::1",
        "::1%lo",
        "fd00::1",
        "2130706433",
        "0x7f000001",
        "127.1",
        "0177.0.0.1",
        "localhost",
        "127.0.0.1 ",
        "[::1]",
        "",
        "127.0.0.1:80@8.8.8.8",
    ],
)
async def test_a_proxy_outside_the_range_is_refused_before_the_provider_is_asked(desk: Desk, address: str) -> None:
    await desk.refuse(ProxyOutside, proxy=Proxy(address, 80))
    assert desk.link.asked == 0


@pytest.mark.parametrize("port", [0, -1, 65_536, 2**40])
async def test_a_proxys_port_must_be_one(desk: Desk, port: int) -> None:
    assert await desk.refuse(FieldInvalid, proxy=Proxy("127.0.0.1", port)) == "the proxy's port must be 1 … 65535"


@pytest.mark.parametrize(("login", "password"), [("验", "x"), ("a", "验证"), ("a\r\nb", "x"), ("a", "\x00")])
async def test_a_proxys_login_must_fit_into_its_header(desk: Desk, login: str, password: str) -> None:
    message = await desk.refuse(FieldInvalid, proxy=Proxy("127.0.0.1", 80, login, password))
    assert message.startswith("the proxy's login and password must be printable ASCII")


@pytest.mark.parametrize("login", ["a:b", ":"])
async def test_a_colon_in_a_login_fits_into_socks5_only(desk: Desk, login: str) -> None:
    message = await desk.refuse(FieldInvalid, proxy=Proxy("127.0.0.1", 80, login, "x"))
    assert message == "the login of an HTTP proxy must be without a colon (RFC 7617)"
    accepted = await desk.accept(proxy=Proxy("127.0.0.1", 80, login, "x", "socks5"))
    assert accepted.proxy == Proxy("127.0.0.1", 80, login, "x", "socks5")


@pytest.mark.parametrize(("login", "password"), [("a", ""), ("a" * 256, "x"), ("a", "x" * 256)])
async def test_a_socks5_login_must_fit_into_its_counted_bytes(desk: Desk, login: str, password: str) -> None:
    message = await desk.refuse(FieldInvalid, proxy=Proxy("127.0.0.1", 80, login, password, "socks5"))
    assert "1 … 255 characters each" in message
    assert (await desk.accept(proxy=Proxy("127.0.0.1", 80, "a" * 255, "x" * 255, "socks5"))).proxy is not None


async def test_a_password_may_hold_a_colon(desk: Desk) -> None:
    assert (await desk.accept(proxy=Proxy("127.0.0.1", 80, "me", "a:b"))).proxy is not None


async def test_an_unregistered_page_or_sitekey_is_refused(desk: Desk) -> None:
    await desk.refuse(TargetOutside, page_url="http://elsewhere.example/")
    await desk.refuse(SitekeyUnknown, sitekey="00000000-0000-4000-8000-000000000000")


async def test_an_order_takes_the_user_agent_of_its_preflight_unless_it_names_one(desk: Desk) -> None:
    agreed = await desk.preflights.arrange(SITEKEY)
    assert (await desk.accept(preflight=agreed.preflight)).user_agent == "agreed agent"
    assert (await desk.accept(preflight=agreed.preflight, user_agent="own")).user_agent == "own"
    assert (await desk.accept(preflight="another")).user_agent is None
