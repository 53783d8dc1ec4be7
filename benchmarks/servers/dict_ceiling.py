"""The ceiling: single use by a set in memory behind the same HTTP stack, nothing else. DIRECTORY COUNT."""

import sys
from pathlib import Path
from typing import Any

from benchmarks.servers.forms import endpoint, write_forms
from benchmarks.servers.stack import serve
from captcha_range.core import ids
from captcha_range.provider.tokens import TOKEN_LENGTH


async def prepare(directory: Path, count: int) -> tuple[Any, dict[str, Any]]:
    unused = {ids.new_token("P1_", TOKEN_LENGTH) for _ in range(count)}
    write_forms(directory / "forms", unused, ids.new_secret_hex("0x"))

    def verify(token: str) -> bool:
        try:
            unused.remove(token)
        except KeyError:
            return False
        return True

    return endpoint(verify), {}


def main() -> None:
    directory, count = sys.argv[1:]
    serve(lambda: prepare(Path(directory), int(count)))


if __name__ == "__main__":
    main()
