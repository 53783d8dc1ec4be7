"""Ask for one token with capmonstercloudclient; the server is its `service_url` option."""

import asyncio
import json
import sys
from typing import Any

from capmonstercloudclient import CapMonsterClient, ClientOptions  # type: ignore[import-not-found]
from capmonstercloudclient.exceptions import GetResultError, GetTaskError  # type: ignore[import-not-found]
from capmonstercloudclient.requests import HcaptchaRequest  # type: ignore[import-not-found]

solver_url, client_key, sitekey, page_url = sys.argv[1:]


async def ask() -> dict[str, Any]:
    client = CapMonsterClient(options=ClientOptions(api_key=client_key, service_url=solver_url))
    try:
        solution = await client.solve_captcha(HcaptchaRequest(websiteUrl=page_url, websiteKey=sitekey))
    except (GetTaskError, GetResultError) as error:
        return {"refusal": {"exception": type(error).__name__, "message": str(error)}}
    return {
        "token": solution["gRecaptchaResponse"],
        "user_agent": solution["userAgent"],
        "resp_key": solution["respKey"],
    }


sys.stdout.write(json.dumps(asyncio.run(ask())) + "\n")
