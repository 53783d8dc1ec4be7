"""Ask for verdicts with aiohcaptcha, whose `api_url` is the verify URL, and with the visitor's address."""

import asyncio
import json
import sys

from aiohcaptcha import HCaptchaClient  # type: ignore[import-not-found]

verify_url, secret, *tokens = sys.argv[1:]


async def ask() -> list[bool]:
    return [await HCaptchaClient(secret, api_url=verify_url).verify(token, "127.0.0.1") for token in tokens]


sys.stdout.write(json.dumps(asyncio.run(ask())) + "\n")
