"""Front-end packages for hCaptcha, unmodified, through a whole round in Chromium: only their options differ."""

import subprocess
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tests.browser.practice import Practice, Site, challenge_of, checkbox_of, shown
from tests.contract.client_environment import PROJECT, client_node_modules, node_interpreter
from tests.served import served

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.cold]
PAGES: Final = Path(__file__).parent / "pages"
_PAGE: Final = """<!doctype html><title>Register</title><div id="app"></div><script>
var given = {{ provider: "{provider}", sitekey: "{sitekey}" }}, seen = [], told = (...values) => seen.push(values);
</script><script src="/bundle.js"></script>"""


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Each page's script with the packages that it uses, as a site's developer bundles them."""
    folder = tmp_path_factory.mktemp("pages")
    esbuild = client_node_modules(PROJECT / "web", optional=True) / "esbuild" / "bin" / "esbuild"
    (folder / "node_modules").symlink_to(client_node_modules(PAGES))
    for page in PAGES.glob("*.js"):
        (folder / page.name).write_bytes(page.read_bytes())
    # What bundlers define: webpack the first, Vite the second.
    defined = ["--define:process.env.NODE_ENV='development'", "--define:import.meta.env={}"]
    command = [str(node_interpreter()), str(esbuild), "--bundle", *defined]
    pages = sorted(folder.glob("*.js"))
    subprocess.run([*command, "--outdir=out", *map(str, pages)], cwd=folder, check=True, capture_output=True)
    return {page.stem: (folder / "out" / page.name).read_bytes() for page in pages}


def shop_of(practice: Practice, bundle: bytes, sitekeys: list[str]) -> Starlette:
    """A shop with one page; its sitekey is known once its origin is registered."""

    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse(_PAGE.format(provider=practice.provider_url, sitekey=sitekeys[0]))

    async def script(request: Request) -> Response:
        return Response(bundle, media_type="text/javascript")

    return Starlette(routes=[Route("/", page), Route("/bundle.js", script)])


async def answer(page: Page, practice: Practice, site: Site) -> None:
    """Look, point and submit."""
    await shown(page)
    target = practice.latest(site.sitekey).answer.targets[0]
    middle = {"x": target.x + target.width / 2, "y": target.y + target.height / 2}
    await challenge_of(page).locator("#surface").click(position=middle)  # type: ignore[arg-type]
    await challenge_of(page).locator("#submit").click()


@pytest.mark.parametrize(
    ("package", "before"),
    [
        ("loader", []),
        ("vue", ["rendered", "opened"]),
        ("react", ["loaded", "opened"]),
        ("vanilla", ["loaded", "opened"]),
        ("vue2", ["rendered", "opened"]),
        ("solid", ["loaded", "opened"]),
        ("svelte", ["loaded"]),
    ],
)
async def test_a_package_earns_a_token_that_siteverify_accepts(
    page: Page, practice: Practice, bundles: dict[str, bytes], package: str, before: list[str]
) -> None:
    sitekeys: list[str] = []
    async with served(shop_of(practice, bundles[package], sitekeys)) as shop:
        site = await practice.site(origins=(shop,))
        sitekeys.append(site.sitekey)
        await page.goto(shop)
        if package != "loader":
            await checkbox_of(page).locator("#checkbox").click()
        await answer(page, practice, site)
        await page.wait_for_function("seen.some(([name]) => name === 'verified')")
        seen = await page.evaluate("seen")
    assert [name for name, *_ in seen] == [*before, "verified"]
    _, token, key = seen[-1]
    assert key.startswith("E0_")
    assert (await practice.verify(token, site))["success"] is True


async def test_without_a_script_the_loader_gives_up(page: Page, practice: Practice, bundles: dict[str, bytes]) -> None:
    """The control: these packages do tell a page whose script is missing."""
    async with served(shop_of(practice, bundles["refused"], ["none"])) as shop:
        await page.goto(shop)
        await page.wait_for_function("seen.length")
        assert await page.evaluate("seen") == [["failed", "script-error"]]
