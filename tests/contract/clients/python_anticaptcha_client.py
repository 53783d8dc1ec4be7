"""Ask for one token with python-anticaptcha; the server is its `host` option, without TLS."""

import json
import sys
from typing import Any
from urllib.parse import urlsplit

from python_anticaptcha import (  # type: ignore[import-not-found]
    AnticaptchaClient,
    AnticaptchaException,
    HCaptchaTaskProxyless,
)

solver_url, client_key, sitekey, page_url = sys.argv[1:]

report: dict[str, Any]
try:
    with AnticaptchaClient(client_key, host=urlsplit(solver_url).netloc, use_ssl=False) as client:
        job = client.create_task(HCaptchaTaskProxyless(page_url, sitekey))
        job.join(maximum_time=60)
        solution = job.get_solution()
        report = {
            "token": job.get_solution_response(),
            "user_agent": solution["userAgent"],
            "resp_key": solution["respKey"],
        }
except AnticaptchaException as error:
    report = {
        "refusal": {
            "exception": type(error).__name__,
            "error_id": error.error_id,
            "error_code": error.error_code,
            "message": error.error_description,
        }
    }
sys.stdout.write(json.dumps(report) + "\n")
