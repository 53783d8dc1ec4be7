"""pytest-httpserver with one expectation, as a test suite would stub siteverify. DIRECTORY COUNT."""

import sys
import threading
from pathlib import Path

from pytest_httpserver import HTTPServer  # type: ignore[import-not-found]

from benchmarks.servers.forms import write_forms
from benchmarks.servers.stack import announce


def main() -> None:
    directory, count = sys.argv[1:]
    write_forms(Path(directory) / "forms", (f"token-{number:06}" for number in range(int(count))), "unused")
    server = HTTPServer(host="127.0.0.1", port=0)
    server.expect_request("/siteverify", method="POST").respond_with_json({"success": True})
    server.start()
    announce({"port": server.port})
    threading.Event().wait()


if __name__ == "__main__":
    main()
