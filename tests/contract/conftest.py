"""A running range for contract tests: `captcha-range serve` as a child process, with one site and one account."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from captcha_range.launch import LaunchedRange
from tests.contract.running_range import RunningRange

ORIGIN = "http://shop.localhost:8000"


@pytest.fixture(scope="session")
def running_range(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRange]:
    data_dir: Path = tmp_path_factory.mktemp("range") / "data"
    with LaunchedRange(data_dir, "--seed", "contract tests") as launched:
        site = launched.provider.add_site([ORIGIN], name="contract tests", level=1)
        account = launched.solver.open_account(name="contract tests")
        yield RunningRange(
            provider_url=launched.provider_url,
            solver_url=launched.solver_url,
            client_key=account["client_key"],
            sitekey=site["site"]["sitekey"],
            secret=site["secret"],
            page_url=f"{ORIGIN}/register",
            launched=launched,
        )
