"""A provider, a shop whose pages show its widget, and what a browser test asks of both."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from playwright.async_api import FrameLocator, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from captcha_range.challenges.composition import MOST_ROUNDS
from captcha_range.core.clock import SystemClock
from captcha_range.core.lab_nets import Fence
from captcha_range.core.observed import observed
from captcha_range.core.regions import Regions
from captcha_range.provider.plane import Provider
from captcha_range.provider.records import Record
from captcha_range.provider.routes import create_app
from captcha_range.provider.sites import SiteOrder, plan_site
from captcha_range.solver.egress import Egress
from captcha_range.solver.orders import TokenOrder
from captcha_range.solver.provider_link import ProviderLink
from tests.served import served

_PAGE = """<!doctype html><title>Register</title><h1>Register</h1>
<form><div class="h-captcha" data-sitekey="{sitekey}" data-callback="passed" {more}></div></form><script>
var seen = [], note = (name) => (value) => seen.push([name, value]);
var then = {{
  leave: () => location.assign("/elsewhere?/"), submit: () => document.forms[0].submit(), reset: () => hcaptcha.reset(),
}};
var passed = then[new URLSearchParams(location.search).get("data-then")] ?? note("passed");
var expired = note("expired"), shut = note("shut");
</script><script src="{provider}/1/api.js" async></script>"""

_BARE = """<!doctype html><html lang="en"><title>Register</title><main><h1>Register</h1>
<button id="signup">Sign up</button><div id="one"></div><div id="two"></div></main><script>
var seen = [], note = (name) => (value) => seen.push([name, value]);
var loaded = () => seen.push(["loaded", typeof hcaptcha.render]);
</script><script src="{provider}/1/api.js?{query}" crossorigin="anonymous" async></script>"""


class Site(NamedTuple):
    """What the shop's developer knows."""

    sitekey: str
    secret: str


class Practice(NamedTuple):
    """One provider and one shop on loopback."""

    provider: Provider
    provider_url: str
    shop: str
    link: ProviderLink
    tools: Egress

    async def site(self, family: str = "odd_one_out", **fields: Any) -> Site:
        """Register a site of the shop."""
        order = SiteOrder(**{"origins": (self.shop,), "families": (family,), "level": 1, **fields})
        site, secret = plan_site(order, self.provider.fence, tuple(self.provider.issued.families))
        await self.provider.sites.add(site, secret)
        return Site(site.sitekey, secret)

    def page_url(self, sitekey: str, more: str = "") -> str:
        """A page with the sitekey's widget; `more` are further attributes of its container."""
        return f"{self.shop}/{sitekey}?{more}"

    def bare_url(self, query: str = "render=explicit&onload=loaded") -> str:
        """A page with two empty containers, whose script has these parameters."""
        return f"{self.shop}/bare?{query}"

    def order(self, sitekey: str, **fields: Any) -> TokenOrder:
        return TokenOrder(**{"sitekey": sitekey, "page_url": self.page_url(sitekey), **fields})

    async def verify(self, token: str, site: Site) -> dict[str, Any]:
        """What the provider tells the shop's server of a token."""
        form = {"response": token, "secret": site.secret}
        async with self.tools.session().post(f"{self.provider_url}/siteverify", data=form) as answer:
            verdict: dict[str, Any] = msgspec.json.decode(await answer.read())
            return verdict

    def latest(self, sitekey: str) -> Record:
        """The operator's view of the latest challenge."""
        return self.provider.records.latest(sitekey, 1)[0]

    def rounds(self, sitekey: str) -> list[Record]:
        """The operator's view of every round of the latest challenge."""
        records = self.provider.records.latest(sitekey, MOST_ROUNDS)
        return [record for record in records if record.challenge == records[0].challenge]


@contextlib.asynccontextmanager
async def practising(directory: Path) -> AsyncIterator[Practice]:
    provider = Provider(
        directory / "provider.sqlite",
        seed=b"browser tests",
        pepper=b"pepper",
        clock=SystemClock(),
        fence=Fence(),
        regions=Regions(),
    )
    key = await provider.keys.create("solver")
    tools = Egress(provider.fence)
    app = observed(create_app(provider), "provider", provider.meters.http, provider.clock)
    async with served(app) as provider_url, served(_shop(provider_url)) as shop:
        yield Practice(provider, provider_url, shop, ProviderLink(tools, provider_url, key), tools)
        await tools.close()
    provider.close()


def _shop(provider_url: str) -> Starlette:
    async def page(request: Request) -> HTMLResponse:
        sitekey, more = request.path_params["sitekey"], request.url.query.replace("&", " ").replace("%22", '"')
        return HTMLResponse(_PAGE.format(sitekey=sitekey, provider=provider_url, more=more))

    async def bare(request: Request) -> HTMLResponse:
        return HTMLResponse(_BARE.format(provider=provider_url, query=request.url.query))

    async def elsewhere(request: Request) -> HTMLResponse:
        return HTMLResponse("", 302, {"location": request.url.query})

    async def framed(request: Request) -> HTMLResponse:
        return HTMLResponse(
            f'<!doctype html><title>Framed</title><iframe src="{request.query_params["src"]}"></iframe>'
        )

    routes = [Route("/bare", bare), Route("/elsewhere", elsewhere), Route("/framed", framed), Route("/{sitekey}", page)]
    return Starlette(routes=routes)


def checkbox_of(page: Page) -> FrameLocator:
    return page.frame_locator('iframe[title="Widget containing checkbox for hCaptcha security challenge"]')


def challenge_of(page: Page) -> FrameLocator:
    return page.frame_locator('iframe[title="Main content of the hCaptcha challenge"]')


async def rendered(page: Page, practice: Practice, sitekey: str, config: str = "", query: str = "") -> None:
    """Open the bare page and render one widget that notes all its callbacks; `config`: JavaScript, `name: value, …`."""
    await page.goto(practice.bare_url(f"render=explicit&onload=loaded&{query}"))
    await page.wait_for_function("seen.length === 1")
    names = ["callback", *(f"{name}-callback" for name in ("expired", "chalexpired", "error", "open", "close"))]
    callbacks = ", ".join(f"'{name}': note('{name}')" for name in names)
    await page.evaluate(
        f"seen = []; window.id = hcaptcha.render('one', {{sitekey: '{sitekey}', {callbacks}, {config}}})"
    )


async def state_is(page: Page, state: str) -> None:
    """Wait until the checkbox shows this state."""
    await checkbox_of(page).locator(f'#checkbox[data-state="{state}"]').wait_for(state="attached")


async def shown(page: Page, after: str = "", round_number: int = 1) -> None:
    """Wait until this round of a challenge other than `after` is shown and its question has the focus."""
    root = f'#challenge[data-state="shown"][data-round="{round_number}"]:not([data-challenge="{after}"])'
    await challenge_of(page).locator(f"{root} #prompt:focus").wait_for()
