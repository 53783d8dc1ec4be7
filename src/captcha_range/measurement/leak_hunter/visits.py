"""Visits to a running range: challenges asked for and answered wrongly, as any client may, over HTTP alone."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Protocol

import msgspec

from captcha_range.challenges.family import Answer
from captcha_range.core.clock import Clock
from captcha_range.core.errors import RangeError
from captcha_range.measurement.leak_hunter.replies import WRONG
from captcha_range.measurement.leak_hunter.sighting import Exchange, Sighting

_PAGE: Final = 50
"""Challenges between two looks at the operator's list of a hundred."""

Truth = Callable[[], Iterable[Mapping[str, Any]]]
"""The site's latest challenges as the operator sees them, with `challenge` and `answer`."""


class Said(Protocol):
    """An answer over HTTP."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


class Ask(Protocol):
    """One HTTP request."""

    def __call__(self, method: str, url: str, *, json: Any = None) -> Said: ...


class VisitRefused(RangeError):
    """The range gave no challenge; the message is what it answered."""

    code = "visit_refused"


class Visitor:
    """Somebody who looks at a site's challenges, and answers each wrongly, twice."""

    def __init__(self, ask: Ask, url: str, sitekey: str, origin: str, clock: Clock) -> None:
        self._ask = ask
        self._url = url.rstrip("/")
        self._sitekey = sitekey
        self._origin = origin
        self._clock = clock

    def sightings(self, count: int, truth: Truth, progress: Callable[[int], object] = lambda _: None) -> list[Sighting]:
        """So many challenges, one after the other, each with its right answer. VisitRefused."""
        found: list[Sighting] = []
        while len(found) < count:
            seen = [self._look() for _ in range(min(_PAGE, count - len(found)))]
            answers = {record["challenge"]: record["answer"] for record in truth()}
            for view, picture, judged, again in seen:
                answer = msgspec.convert(answers[view.json()["challenge"]], Answer)
                found.append(Sighting(answer=answer, view=view, picture=picture, judged=judged, again=again))
            progress(len(seen))
        return found

    def _look(self) -> tuple[Exchange, Exchange, Exchange, Exchange]:
        view = self._exchange("POST", f"/getcaptcha/{self._sitekey}", {"origin": self._origin})
        if view.status != 200:
            raise VisitRefused(f"the range gave no challenge: {view.body.decode('utf-8', 'replace')[:300]}")
        shown = view.json()
        picture = self._exchange("GET", shown["picture"])
        path, kind = f"/checkcaptcha/{self._sitekey}/{shown['challenge']}", shown["replies_with"]
        wrong = {"reply": {kind: WRONG[kind]}}
        return view, picture, self._exchange("POST", path, wrong), self._exchange("POST", path, wrong)

    def _exchange(self, method: str, path: str, content: Any = None) -> Exchange:
        started = self._clock.elapsed()
        said = self._ask(method, self._url + path, json=content)
        return Exchange(said.status, dict(said.headers), said.body, self._clock.elapsed() - started)
