"""The JSON log of a whole loop: a line for each request and each task, joined by the trace, and no secret in any."""

import json
from pathlib import Path
from typing import Any

from captcha_range.http_call import call
from captcha_range.launch import LaunchedRange

ORIGIN = "http://shop.localhost:8000"
PAGE = f"{ORIGIN}/register-here"
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


def test_the_log_of_a_whole_loop_tells_what_happened_and_no_secret(tmp_path: Path) -> None:
    with LaunchedRange(tmp_path / "data", "--seed", "logs", "--log-format", "json") as launched:
        secrets = _play(launched)
    log = (tmp_path / "data.log").read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    (ended,) = [line for line in lines if line["event"] == "task ended"]
    assert (ended["state"], ended["failure"], ended["trace"]) == ("ready", None, TRACE_ID)
    requests = [line for line in lines if line["event"] == "request"]
    traced = {(line["plane"], line["route"]) for line in requests if line["trace"] == TRACE_ID}
    assert {
        ("solver", "/v1/tasks"),
        ("provider", "/getcaptcha/{sitekey}"),
        ("provider", "/checkcaptcha/{sitekey}/{challenge}"),
    } <= traced
    assert {"method": "POST", "status": 200, "route": "/siteverify"}.items() <= requests[-3].items()
    assert all(line["ms"] >= 0 for line in requests)
    assert len(secrets) >= 10
    assert [secret for secret in secrets if secret in log] == []
    assert ended["task"] in log, "the search would have found something"


def _play(launched: LaunchedRange) -> list[str]:
    """A loop with its refusals; every key, secret, token, and query that was used."""
    site = launched.provider.add_site([ORIGIN], name="logs", level=1)
    account = launched.solver.open_account(name="logs")
    key, secret, sitekey = account["client_key"], site["secret"], site["site"]["sitekey"]
    headers = {"authorization": f"Bearer {key}", "prefer": "wait=60"}
    order = {"sitekey": sitekey, "page_url": PAGE, "rqdata": "rq-private"}
    traced = {**headers, "traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-01"}
    task = call("POST", f"{launched.solver_url}/v1/tasks", json=order, headers=traced).json()["task"]
    document: dict[str, Any] = call("GET", f"{launched.solver_url}/v1/tasks/{task}", headers=headers).json()
    assert document["state"] == "ready", document
    token, response_key = document["solution"]["token"], document["solution"]["response_key"]
    call("POST", f"{launched.solver_url}/createTask?private=query", json={"clientKey": "wrong-private-key"})
    form = {"secret": secret, "response": token, "sitekey": sitekey}
    verify = f"{launched.provider_url}/siteverify"
    for _ in range(2):
        call("POST", verify, form=form)
    call("GET", f"{verify}?secret=0xprivate&response=private-token")
    keys = [file.read_text().strip() for file in launched.data_dir.glob("*.key")]
    stored = [(launched.data_dir / name).read_text().strip() for name in ("pepper",)]
    told = ["rq-private", "private=query", "wrong-private-key", "0xprivate", "private-token", "register-here"]
    return [key, secret, token, response_key, account["webhook_secret"], sitekey, *keys, *stored, *told]
