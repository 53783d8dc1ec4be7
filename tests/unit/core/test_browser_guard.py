"""Pages of other sites cannot make a visitor's browser talk to the range."""

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from captcha_range.core.browser_guard import refuse_foreign_pages
from captcha_range.core.lab_nets import Fence
from tests.served import served


async def reached(request: Request) -> PlainTextResponse:
    return PlainTextResponse("reached")


APP = refuse_foreign_pages(Starlette(routes=[Route("/", reached, methods=["POST"])]), Fence())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 200, id="a program"),
        pytest.param({"host": "api.example.org"}, 200, id="a program that uses the range as its proxy"),
        pytest.param({"sec-fetch-site": "same-origin"}, 200, id="a page of the range itself"),
        pytest.param({"sec-fetch-site": "none"}, 200, id="an address typed into a browser"),
        pytest.param({"sec-fetch-site": "cross-site"}, 403, id="a page of another site"),
        pytest.param({"sec-fetch-site": "same-site"}, 403, id="a page on another port of the same host"),
        pytest.param({"origin": "https://evil.example"}, 403, id="another origin, from an old browser"),
        pytest.param({"origin": "null"}, 403, id="a sandboxed page"),
        pytest.param({"origin": "http://evil.example", "host": "evil.example"}, 421, id="a rebound name"),
        pytest.param(
            {"sec-fetch-site": "same-origin", "host": "evil.example"}, 421, id="a rebound name, newer browser"
        ),
    ],
)
async def test_only_the_ranges_own_pages_and_programs_get_through(
    http: aiohttp.ClientSession, headers: dict[str, str], status: int
) -> None:
    async with served(APP) as url, http.post(url, headers=headers) as answer:
        assert answer.status == status
