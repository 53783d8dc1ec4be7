"""The stage of one test: its own sites, clock, scenarios and journal."""

import socket
from typing import Any, NamedTuple

from captcha_range.core.errors import RangeError
from captcha_range.http_call import call
from captcha_range.operator_api import Operator


class PassRefused(RangeError):
    """The widget's call for a token was refused; a scenario that is staged may want it so."""

    code = "pass_refused"


class SiteOnStage(NamedTuple):
    """What a site is configured with."""

    sitekey: str
    secret: str
    origin: str


class Stage:
    """One test's part of a range. Its first site is made when it is first asked for, for a free port of localhost."""

    def __init__(self, provider_url: str, operator: Operator, namespace: str) -> None:
        self.provider_url = provider_url
        self.verify_url = f"{provider_url}/siteverify"
        self.script_url = f"{provider_url}/1/api.js"
        self.namespace = namespace
        self._operator = operator
        self._site: SiteOnStage | None = None

    @property
    def site(self) -> SiteOnStage:
        """The site that `token` is for: the first that was added."""
        return self._site or self.add_site(f"http://localhost:{_free_port()}")

    @property
    def origin(self) -> str:
        """The first site's: where its pages are to be served from, for the widget to show there."""
        return self.site.origin

    @property
    def sitekey(self) -> str:
        """The first site's."""
        return self.site.sitekey

    @property
    def secret(self) -> str:
        """The first site's."""
        return self.site.secret

    def add_site(self, origin: str, **options: Any) -> SiteOnStage:
        """Register a site for pages of `origin`, with any option of a site (`enterprise`, `level` …)."""
        added = self._operator.add_site([origin], namespace=self.namespace, **options)
        made = SiteOnStage(added["site"]["sitekey"], added["secret"], origin)
        self._site = self._site or made
        return made

    def token(self, site: SiteOnStage | None = None) -> str:
        """A fresh response token, as the widget would give it for a pass. PassRefused."""
        wanted = site or self.site
        staging = self._operator.stage("passive", sitekey=wanted.sitekey, requests=1)
        body = {"origin": wanted.origin}
        reply = call("POST", f"{self.provider_url}/getcaptcha/{wanted.sitekey}", json=body)
        if reply.status != 200:
            self._operator.end_staging(staging["id"])
            raise PassRefused(f"the widget's call was answered with HTTP {reply.status}")
        return str(reply.json()["token"])

    def play(self, scenario: str, *, requests: int | None = None, seconds: float | None = None) -> None:
        """Stage a scenario for this test's sites: for so many requests, or to the end of the test."""
        self._operator.stage(scenario, namespace=self.namespace, requests=requests, seconds=seconds)

    def advance(self, seconds: float) -> None:
        """Let time pass for this test alone, in no time."""
        self._operator.advance_namespace(self.namespace, seconds)

    def reset(self) -> None:
        """Begin again: no tokens, no scenarios, the clock put back. The sites stay."""
        self._operator.reset_namespace(self.namespace)

    def calls(self, **wanted: str) -> list[dict[str, Any]]:
        """This test's part of the journal: `event`, `facts` with `call`, and for refusals `code` and `why`.

        `wanted`: `event`, `call`, `code`, `scenario`, `sitekey`.
        """
        return self._operator.journal(namespace=self.namespace, **wanted)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
