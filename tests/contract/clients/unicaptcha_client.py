"""Ask for one token with unicaptcha, as one of the services that it knows; the server is its `base_url` option."""

import json
import sys
from typing import Any

from unicaptcha import TimeConfig  # type: ignore[import-not-found]
from unicaptcha.errors import UnicaptchaError  # type: ignore[import-not-found]
from unicaptcha.provider.anticaptcha import AntiCaptchaClient  # type: ignore[import-not-found]
from unicaptcha.provider.capsolver import CapsolverClient  # type: ignore[import-not-found]

service, solver_url, client_key, sitekey, page_url = sys.argv[1:]
at_once = TimeConfig(poll_delay=0, poll_interval=0.2)

report: dict[str, Any]
services = {"anticaptcha": AntiCaptchaClient, "capsolver": CapsolverClient}
with services[service](client_key, base_url=solver_url, time=at_once) as client:
    try:
        answer = client.solve_hcaptcha(sitekey=sitekey, pageurl=page_url)
        solution = json.loads(answer.raw)["solution"]
        report = {
            "token": answer.solution.token,
            "user_agent": solution["userAgent"],
            "resp_key": solution["respKey"],
        }
    except UnicaptchaError as error:
        told = json.loads(error.raw_response)
        report = {
            "refusal": {
                "exception": type(error).__name__,
                "error_id": told["errorId"],
                "error_code": told["errorCode"],
                "message": str(error),
            }
        }
sys.stdout.write(json.dumps(report) + "\n")
