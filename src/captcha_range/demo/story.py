"""The steps of the demonstration. Each does one thing over HTTP and checks that it went as it must."""

import base64
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from captcha_range.core.clock import Clock
from captcha_range.http_call import Reply, call
from captcha_range.launch import LaunchedRange

ORIGIN = "http://shop.localhost:8000"
PAGE = f"{ORIGIN}/register"
STRANGER = "https://www.example.org/login"

# 1 x 1 pixel, PNG: an image that no range issued.
FOREIGN_IMAGE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
OTHER_USER_AGENT = "Mozilla/5.0 (another browser than the preflight agreed to)"
MAX_TRIES = 12


class StepFailed(Exception):
    """A step did not go as it must; the message says what came instead."""


class Step(NamedTuple):
    """One step's outcome. `seconds` is what it took."""

    chapter: str
    name: str
    outcome: str
    seconds: float
    passed: bool


Plan = list[tuple[str, str, Callable[[], str]]]
"""Of each step the chapter, the name, and what plays it and tells its outcome."""


def played(plan: Plan, clock: Clock) -> Iterator[Step]:
    """Play every step in order; a failed one does not stop the others."""
    for chapter, name, play in plan:
        started = clock.elapsed()
        try:
            outcome, passed = play(), True
        except Exception as error:  # noqa: BLE001 - a broken step is a red line, not the end of the story
            outcome, passed = f"{type(error).__name__}: {error}", False
        yield Step(chapter, name, outcome, clock.elapsed() - started, passed)


class Story:
    """Plays the steps against a running range."""

    def __init__(self, the_range: LaunchedRange, clock: Clock) -> None:
        self._range = the_range
        self._clock = clock
        self.sitekey = self._secret = self._client_key = ""
        self._kept_score = 0.0
        self._used_token = ""

    def steps(self) -> Iterator[Step]:
        """Play every step in order; a failed one does not stop the others."""
        yield from played(self._plan(), self._clock)

    def _plan(self) -> Plan:
        prepare, nocaptcha = "prepare", "a  preflight, universal"
        tasks, recognition, refusals = "b  createTask", "c  recognition", "d  refusals"
        return [
            (prepare, "register a site, open an account", self._register),
            (nocaptcha, "preflight kept", self._keep_preflight),
            (nocaptcha, "preflight broken: accepted, but the score rises", self._break_preflight),
            (tasks, "createTask, getTaskResult, siteverify", self._create_task),
            (recognition, "picture → box → click → token → siteverify", self._recognise),
            (refusals, "a token that was used before", self._replay),
            (refusals, "a token that is 121 s old (the clock is moved)", self._expire),
            (refusals, "createTask for a page elsewhere", self._stranger_create_task),
            (refusals, "universal for a page elsewhere", self._stranger_universal),
            (refusals, "preflight for an unknown sitekey", self._stranger_preflight),
            (refusals, "recognition of an image from elsewhere", self._foreign_image),
        ]

    def _register(self) -> str:
        added = self._range.provider.add_site([ORIGIN], name="demo shop", enterprise=True, level=1)
        opened = self._range.solver.open_account(name="demo")
        self.sitekey, self._secret = added["site"]["sitekey"], added["secret"]
        self._client_key = opened["client_key"]
        return f"{ORIGIN}, Enterprise, level 1"

    def _keep_preflight(self) -> str:
        agreed = self._preflight()
        order = {"preflight_uuid": agreed["preflight_uuid"], "region": agreed["region"]}
        verdict = self._redeem(self._universal(**order))
        self._kept_score = verdict["score"]
        _require("preflight-not-kept" not in verdict["score_reason"], "the preflight should count as kept", verdict)
        return f"region {agreed['region']} kept; {_score(verdict)}"

    def _break_preflight(self) -> str:
        agreed = self._preflight()
        elsewhere = "gb" if agreed["region"] != "gb" else "hk"
        order = {
            "preflight_uuid": agreed["preflight_uuid"],
            "region": elsewhere,
            "user_agent": OTHER_USER_AGENT,
        }
        self._used_token = self._universal(**order)
        verdict = self._redeem(self._used_token)
        _require("preflight-not-kept" in verdict["score_reason"], "the broken preflight should be named", verdict)
        _require(verdict["score"] > self._kept_score, "the score should be higher than when it was kept", verdict)
        return f"region {agreed['region']} agreed, {elsewhere} came; {_score(verdict)}"

    def _create_task(self) -> str:
        task = {"type": "HCaptchaTaskProxyless", "websiteURL": PAGE, "websiteKey": self.sitekey}
        created = self._solver("/createTask", {"clientKey": self._client_key, "task": task}).json()
        _require(created["errorId"] == 0, "createTask should accept", created)
        polls = 0
        result: dict[str, Any] = {"status": "processing"}
        while result["status"] == "processing":
            polls += 1
            asked = {"clientKey": self._client_key, "taskId": created["taskId"]}
            result = self._solver("/getTaskResult", asked).json()
        _require(result["status"] == "ready", "the task should get ready", result)
        verdict = self._redeem(result["solution"]["gRecaptchaResponse"])
        return f"ready after {polls} poll{'s' if polls > 1 else ''}; {_score(verdict)}"

    def _recognise(self) -> str:
        headers = {"Authorization": f"Bearer {self._client_key}"}
        for tries in range(1, MAX_TRIES + 1):
            view = self._provider(f"/getcaptcha/{self.sitekey}", {"origin": PAGE, "language": "en"}).json()
            picture = call("GET", self._range.provider_url + view["picture"]).body
            asked = {"queries": [base64.b64encode(picture).decode()], "question": view["prompt"]}
            found = self._solver("/captcha/recognition/hcaptcha?extended=1", asked, headers)
            if found.status != 200:
                continue
            reply = _reply_of(view, found.json()["extended"]["boxes"])
            path = f"/checkcaptcha/{self.sitekey}/{view['challenge']}"
            answer = self._provider(path, {"reply": reply}).json()
            if answer["pass"]:
                self._redeem(answer["token"])
                box = found.json()["solution"]["box"]
                return f"{view['family']}, box {box} from the lower left; right on try {tries}"
        raise StepFailed(f"no right answer in {MAX_TRIES} challenges")

    def _replay(self) -> str:
        return self._refused(self._used_token, "already-seen-response")

    def _expire(self) -> str:
        token = self._universal()
        self._range.provider.advance_clock(121)
        return self._refused(token, "expired-input-response")

    def _stranger_create_task(self) -> str:
        task = {"type": "HCaptchaTaskProxyless", "websiteURL": STRANGER, "websiteKey": self.sitekey}
        answer = self._solver("/createTask", {"clientKey": self._client_key, "task": task}).json()
        _require(answer["errorId"] == 32 and "taskId" not in answer, "errorId 32 and no task were due", answer)
        return f"32 {answer['errorCode']}"

    def _stranger_universal(self) -> str:
        headers = {"User-Token": self._client_key}
        asked = {"sitekey": self.sitekey, "referer": STRANGER}
        answer = self._solver("/api/wanda/hcaptcha/universal", asked, headers).json()
        _require(answer["status"] == 0 and answer["data"] is None, "status 0 without data was due", answer)
        return "status 0, data null"

    def _stranger_preflight(self) -> str:
        asked = {"sitekey": "a9b5fb07-92ff-493f-86fe-352a2803b3df"}
        answer = self._solver("/api/wanda/hcaptcha/preflight", asked).json()
        _require(answer["success"] is False and answer["data"] is None, "success false was due", answer)
        return "success false"

    def _foreign_image(self) -> str:
        headers = {"Authorization": f"Bearer {self._client_key}"}
        asked = {"queries": [FOREIGN_IMAGE], "question": "Please click on the UNIQUE object among the others"}
        answer = self._solver("/captcha/recognition/hcaptcha", asked, headers)
        error = answer.json().get("error", {})
        _require(answer.status == 400 and error.get("code") == "api_not_implemented", "400 was due", answer.json())
        return f"400 {error['code']}: {error['message']}"

    def _preflight(self) -> dict[str, Any]:
        answer = self._solver("/api/wanda/hcaptcha/preflight", {"sitekey": self.sitekey}).json()
        _require(answer["success"] is True, "the preflight should be agreed", answer)
        agreed: dict[str, Any] = answer["data"]["data"]
        return agreed

    def _universal(self, **fields: str) -> str:
        asked = {"sitekey": self.sitekey, "referer": PAGE, **fields}
        answer = self._solver("/api/wanda/hcaptcha/universal", asked, {"User-Token": self._client_key}).json()
        _require(answer["status"] == 1, "universal should return a token", answer)
        token: str = answer["data"]["generated_pass_UUID"]
        return token

    def _redeem(self, token: str) -> dict[str, Any]:
        verdict = self._siteverify(token)
        _require(verdict["success"] is True, "siteverify should accept", verdict)
        return verdict

    def _refused(self, token: str, code: str) -> str:
        verdict = self._siteverify(token)
        _require(verdict == {"success": False, "error-codes": [code]}, f"{code} was due", verdict)
        return code

    def _siteverify(self, token: str) -> dict[str, Any]:
        form = {"secret": self._secret, "response": token}
        verdict: dict[str, Any] = call("POST", f"{self._range.provider_url}/siteverify", form=form).json()
        return verdict

    def _solver(self, path: str, content: Any, headers: dict[str, str] | None = None) -> Reply:
        return call("POST", self._range.solver_url + path, json=content, headers=headers)

    def _provider(self, path: str, content: Any) -> Reply:
        return call("POST", self._range.provider_url + path, json=content)


def _reply_of(view: dict[str, Any], boxes: list[list[str]]) -> dict[str, Any]:
    """What clicking the boxes answers: their origin is the lower left corner, the widget's the upper left."""
    points = [(int(x), view["height"] - int(y)) for x, y in boxes]
    if view["replies_with"] == "points":
        return {"points": points[:1]}
    return {"tiles": sorted({number for point in points for number in _tiles_at(view["tiles"], *point)})}


def _tiles_at(tiles: list[dict[str, int]], x: int, y: int) -> list[int]:
    return [
        number
        for number, tile in enumerate(tiles)
        if 0 <= x - tile["x"] < tile["width"] and 0 <= y - tile["y"] < tile["height"]
    ]


def _require(holds: bool, due: str, came: Any) -> None:
    if not holds:
        raise StepFailed(f"{due}; came {str(came)[:300]}")


def _score(verdict: dict[str, Any]) -> str:
    return f"score {verdict['score']:.2f} ({', '.join(verdict['score_reason'])})"
