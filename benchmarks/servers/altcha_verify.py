"""ALTCHA's verification of a solved challenge (its v1, the cheaper one), without replay protection. DIRECTORY COUNT."""

import base64
import datetime
import json
import sys
from pathlib import Path
from typing import Any

from altcha import create_challenge_v1, verify_solution_v1  # type: ignore[import-not-found]

from benchmarks.servers.forms import endpoint, write_forms
from benchmarks.servers.stack import serve

KEY = "the key of the benchmark"


async def prepare(directory: Path, count: int) -> tuple[Any, dict[str, Any]]:
    expires = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    write_forms(directory / "forms", (_solved(number, expires) for number in range(count)), "unused")

    def verify(payload: str) -> bool:
        return bool(verify_solution_v1(payload, KEY, check_expires=True)[0])

    return endpoint(verify), {}


def _solved(number: int, expires: datetime.datetime) -> str:
    """The payload of a visitor who found the number; known here, so that nobody has to search."""
    challenge = create_challenge_v1(hmac_key=KEY, number=number, expires=expires)
    names = ("algorithm", "challenge", "salt", "signature")
    payload = {"number": number, **{name: getattr(challenge, name) for name in names}}
    return base64.b64encode(json.dumps(payload).encode()).decode()


def main() -> None:
    directory, count = sys.argv[1:]
    serve(lambda: prepare(Path(directory), int(count)))


if __name__ == "__main__":
    main()
