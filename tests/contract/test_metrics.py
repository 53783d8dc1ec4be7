"""`GET /metrics` of both planes: what happened is counted, the library reads it, and nothing private is in it."""

import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from captcha_range.core.clock import StillClock
from captcha_range.core.route import Route
from captcha_range.solver.errors import Unsolvable, WidgetFailed
from captcha_range.solver.orders import TokenOrder
from captcha_range.solver.problems import MEDIA_TYPE
from captcha_range.solver.worker import Worker
from tests.practice_range import PAGE, SECRET, PracticeRange, practice_range

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"


@pytest.fixture
async def target(tmp_path: Path, clock: StillClock) -> AsyncIterator[PracticeRange]:
    async with practice_range(tmp_path, clock, serve_solver=True) as opened:
        yield opened


async def scraped(http: aiohttp.ClientSession, url: str) -> dict[str, Metric]:
    async with http.get(f"{url}/metrics") as answer:
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        return {family.name: family for family in text_string_to_metric_families(await answer.text())}


def values(family: Metric) -> dict[tuple[str, ...], float]:
    """The samples by the values of their labels, these in the order of the labels' names."""
    samples = [sample for sample in family.samples if "_bucket" not in sample.name]
    return {tuple(value for _, value in sorted(sample.labels.items())): sample.value for sample in samples}


async def ordered(target: PracticeRange, http: aiohttp.ClientSession) -> dict[str, object]:
    """A task of the native API, once it has ended."""
    headers = {"authorization": f"Bearer {target.client_key}", "prefer": "wait=30"}
    order = {"sitekey": target.site.sitekey, "page_url": PAGE}
    async with http.post(f"{target.solver_url}/v1/tasks", json=order, headers=headers) as answer:
        task = (await answer.json())["task"]
    async with http.get(f"{target.solver_url}/v1/tasks/{task}", headers=headers) as answer:
        document: dict[str, object] = await answer.json()
        return document


async def test_a_whole_loop_is_counted_on_both_planes(target: PracticeRange, http: aiohttp.ClientSession) -> None:
    document = await ordered(target, http)
    assert document["state"] == "ready", document
    form = {"secret": SECRET, "response": document["solution"]["token"]}  # type: ignore[index]
    for _ in range(2):
        await http.post(f"{target.provider_url}/siteverify", data=form)
    recognition = {"image": "aGVsbG8="}
    headers = {"authorization": f"Bearer {target.client_key}"}
    await http.post(f"{target.solver_url}/v1/recognitions", json=recognition, headers=headers)
    solver, provider = await scraped(http, target.solver_url), await scraped(http, target.provider_url)
    assert values(solver["captcha_range_task_moves"]) == {("created",): 1, ("leased",): 1, ("solved",): 1}
    assert values(solver["captcha_range_tasks_ended"]) == {("none", "ready", "token"): 1}
    assert solver["captcha_range_solve_seconds"].samples[0].labels == {
        "worker": "protocol",
        "outcome": "solved",
        "le": "0.01",
    }
    assert values(solver["captcha_range_recognitions"]) == {("picture_invalid",): 1}
    assert values(solver["captcha_range_http_requests"])["POST", "/v1/tasks", "2xx"] == 1
    assert values(solver["captcha_range_http_requests"])["GET", "/v1/tasks/{task}", "2xx"] == 1
    assert values(provider["captcha_range_siteverify"]) == {("none",): 1, ("already-seen-response",): 1}
    assert sum(values(provider["captcha_range_challenges_issued"]).values()) >= 1
    assert values(provider["captcha_range_challenges_answered"])[("passed",)] == 1
    assert values(provider["captcha_range_http_requests"])["POST", "/siteverify", "2xx"] == 2


class Refusing:
    """Fails every order for the same reason."""

    def __init__(self, error: type[Unsolvable] | type[WidgetFailed]) -> None:
        self._error = error

    async def solve(self, order: TokenOrder) -> None:
        raise self._error


@pytest.mark.parametrize("error", [Unsolvable, WidgetFailed])
async def test_failures_are_counted_by_their_code(
    tmp_path: Path, clock: StillClock, http: aiohttp.ClientSession, error: type[Unsolvable]
) -> None:
    worker: Worker = Refusing(error)  # type: ignore[assignment]
    async with practice_range(tmp_path, clock, worker=worker, serve_solver=True) as target:
        await ordered(target, http)
        solver = await scraped(http, target.solver_url)
        assert values(solver["captcha_range_tasks_ended"]) == {(error.code, "failed", "token"): 1}
        assert values(solver["captcha_range_tasks_queued"]) == {(): 0}
        assert values(solver["captcha_range_worker_slots"]) == {(): 4}


async def test_labels_come_from_short_lists_and_carry_nothing_private(
    target: PracticeRange, http: aiohttp.ClientSession
) -> None:
    document = await ordered(target, http)
    for url in (target.solver_url, target.provider_url):
        for path in ("/nothing/here", f"/v1/tasks/{document['task']}", f"/range/sites/{target.site.sitekey}?a=secret"):
            await http.get(url + path, headers={"authorization": "Bearer secret"})
        told = await scraped(http, url)
        for family in told.values():
            for value in (value for sample in family.samples for value in sample.labels.values()):
                assert re.fullmatch(r"\+Inf|[a-z0-9_+.-]+|GET|POST|HEAD|[0-9]xx|/[A-Za-z0-9_/.{}-]*", value), value
                assert not re.search(r"[0-9a-f]{8}", value), value


async def test_two_ranges_in_one_process_count_by_themselves(
    target: PracticeRange, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    await ordered(target, http)
    (tmp_path / "other").mkdir()
    async with practice_range(tmp_path / "other", StillClock(), serve_solver=True) as other:
        assert values((await scraped(http, other.solver_url))["captcha_range_tasks_ended"]) == {}
    assert values((await scraped(http, target.solver_url))["captcha_range_tasks_ended"]) != {}


async def test_every_metric_is_documented_and_no_other(target: PracticeRange, http: aiohttp.ClientSession) -> None:
    documented = set(re.findall(r"^\| `(\w+)` \|", REFERENCE.read_text(), re.MULTILINE))
    told: set[str] = set()
    for url in (target.solver_url, target.provider_url):
        families = await scraped(http, url)
        told |= {f"{name}_total" if family.type == "counter" else name for name, family in families.items()}
    assert told == documented
    assert len(documented) > 15


async def test_every_route_tells_its_template(target: PracticeRange) -> None:
    app = target.solver_app
    while not hasattr(app, "routes"):
        (app,) = (cell.cell_contents for cell in app.__closure__ if callable(cell.cell_contents))  # type: ignore[union-attr]
    assert all(isinstance(route, Route) for route in app.routes)


async def test_without_the_extra_both_planes_name_it(
    target: PracticeRange, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    for url, kind in ((target.solver_url, MEDIA_TYPE), (target.provider_url, "application/json")):
        async with http.get(f"{url}/metrics") as answer:
            assert (answer.status, answer.content_type) == (501, kind)
            assert "captcha-range[metrics]" in await answer.text()
