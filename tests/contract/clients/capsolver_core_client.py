"""Ask for one token with capsolver-core; the server is its `service` option."""

import asyncio
import json
import sys
from typing import Any

from capsolver_core.core.client import CapsolverClient  # type: ignore[import-not-found]
from capsolver_core.core.errors import CapsolverError  # type: ignore[import-not-found]

solver_url, client_key, sitekey, page_url = sys.argv[1:]


async def ask() -> dict[str, Any]:
    client = CapsolverClient(api_key=client_key, service=solver_url, polling_interval=0.2)
    task = {"type": "HCaptchaTaskProxyLess", "websiteURL": page_url, "websiteKey": sitekey}
    try:
        solution = (await client.create_task_result(task))["solution"]
    except CapsolverError as error:
        return {
            "refusal": {
                "exception": type(error).__name__,
                "error_id": error.error_id,
                "error_code": error.error_code,
                "message": error.error_description,
            }
        }
    finally:
        await client.aclose()
    return {
        "token": solution["gRecaptchaResponse"],
        "user_agent": solution["userAgent"],
        "resp_key": solution["respKey"],
    }


sys.stdout.write(json.dumps(asyncio.run(ask())) + "\n")
