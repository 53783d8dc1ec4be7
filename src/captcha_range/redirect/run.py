"""One run: a front and a proxy beside a range, and the command among them."""

import contextlib
import functools
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from captcha_range.core.clock import Clock
from captcha_range.core.errors import RangeError
from captcha_range.lab_proxy.server import LabProxy
from captcha_range.operator_api import Operator
from captcha_range.redirect.authority import Authority
from captcha_range.redirect.child import run_child
from captcha_range.redirect.environment import Facts, child_environment, system_bundle
from captcha_range.redirect.front import Front
from captcha_range.redirect.report import report
from captcha_range.redirect.sightings import Sightings
from captcha_range.redirect.way_out import WayOut


class Backing(NamedTuple):
    """The provider behind a run: where it listens, and its admin API."""

    url: str
    operator: Operator


@contextlib.contextmanager
def registered(backing: Backing, origins: Sequence[str], **fields: Any) -> Iterator[dict[str, Any]]:
    """A site of the run's own; `{"site": {…}, "secret": "0x…"}`. It is removed afterwards."""
    added = backing.operator.add_site(list(origins), name="captcha-range exec", **fields)
    try:
        yield added
    finally:
        backing.operator.remove_site(added["site"]["sitekey"])


async def run(backing: Backing, site: dict[str, Any], command: Sequence[str], clock: Clock, *, sealed: bool) -> int:
    """Run the command to its end and report on stderr; its exit code. CommandNotStarted, ExecMissing."""
    sightings, written = Sightings(), _last_number(backing.operator)
    async with _environment(backing, site, sightings, clock, sealed=sealed) as environment:
        code = await run_child(command, environment)
    print(report(sightings, _entries(backing.operator, written)), file=sys.stderr, flush=True)
    return code


@contextlib.asynccontextmanager
async def _environment(
    backing: Backing, site: dict[str, Any], sightings: Sightings, clock: Clock, *, sealed: bool
) -> AsyncIterator[dict[str, str]]:
    authority = Authority(clock.now())
    if not system_bundle():
        print("captcha-range exec: the system's certificates were not found; set SSL_CERT_FILE", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="captcha-range-exec-") as folder:
        staged_fault = functools.partial(_staged_fault, backing.operator)
        async with Front(backing.url, authority, sightings, staged_fault).listening() as front:
            proxy = LabProxy(WayOut(front, sightings, sealed=sealed), ("http",))
            async with proxy.listening() as port:
                facts = Facts(
                    range_url=backing.url,
                    sitekey=site["site"]["sitekey"],
                    secret=site["secret"],
                    proxy_url=f"http://127.0.0.1:{port}",
                    front=front,
                    certificate=authority.certificate,
                    leaf_pin=authority.leaf_pin,
                    sealed=sealed,
                )
                yield child_environment(os.environ, Path(folder), facts)


def _staged_fault(operator: Operator) -> str | None:
    """Asked amid a handshake, which cannot wait otherwise; the provider is another process, on this machine."""
    try:
        return operator.take_handshake()
    except RangeError:
        return None  # a range that stopped: the request says so


def _entries(operator: Operator, after: int) -> Iterator[dict[str, Any]]:
    while entries := operator.journal(after):
        yield from entries
        after = entries[-1]["number"]


def _last_number(operator: Operator) -> int:
    return max((entry["number"] for entry in _entries(operator, 0)), default=0)
