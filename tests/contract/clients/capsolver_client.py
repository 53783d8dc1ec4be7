"""Ask for one token with capsolver; server and key are its CAPSOLVER_* environment variables."""

import json
import sys
from typing import Any

import capsolver  # type: ignore[import-not-found]
from capsolver.error import CapsolverError  # type: ignore[import-not-found]

sitekey, page_url = sys.argv[1:]

report: dict[str, Any]
try:
    solution = capsolver.solve({"type": "HCaptchaTaskProxyLess", "websiteURL": page_url, "websiteKey": sitekey})
    report = {
        "token": solution["gRecaptchaResponse"],
        "user_agent": solution["userAgent"],
        "resp_key": solution["respKey"],
    }
except CapsolverError as error:
    answer = error.json_body or {}
    report = {
        "refusal": {
            "exception": type(error).__name__,
            "error_id": answer.get("errorId"),
            "error_code": answer.get("errorCode"),
            "message": answer.get("errorDescription"),
        }
    }
sys.stdout.write(json.dumps(report) + "\n")
