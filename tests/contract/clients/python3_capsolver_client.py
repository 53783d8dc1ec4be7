"""Ask for one token with python3-capsolver; the server is its `request_url` option."""

import json
import sys
from typing import Any

from python3_capsolver.core.base import CaptchaParams  # type: ignore[import-not-found]
from python3_capsolver.core.enum import CaptchaTypeEnm  # type: ignore[import-not-found]

solver_url, client_key, sitekey, page_url = sys.argv[1:]

# It has no class for this type any more, so its base class carries the task.
client = CaptchaParams(
    api_key=client_key, captcha_type=CaptchaTypeEnm.Control, sleep_time=1, request_url=f"{solver_url}/"
)
answer = client.captcha_handler({"type": "HCaptchaTaskProxyLess", "websiteURL": page_url, "websiteKey": sitekey})

report: dict[str, Any]
if answer["errorId"]:
    report = {
        "refusal": {
            "exception": None,
            "error_id": answer["errorId"],
            "error_code": answer["errorCode"],
            "message": answer["errorDescription"],
        }
    }
else:
    solution = answer["solution"]
    report = {
        "token": solution["gRecaptchaResponse"],
        "user_agent": solution["userAgent"],
        "resp_key": solution["respKey"],
    }
sys.stdout.write(json.dumps(report) + "\n")
