"""The log: text for a person at a terminal, or one JSON object a line for a collector.

A line names routes, states and ids of tasks. It has no path, query, key, secret or token in it.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

_TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class JsonFormatter(logging.Formatter):
    """A record as one JSON object: `at`, `level`, `logger`, `event`, then the record's own fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info is not None and record.exc_info[0] is not None:
            # Where and what, but not the message: an unforeseen one may quote what a client sent.
            kind, _, trace = record.exc_info
            line["error"] = kind.__qualname__
            line["stack"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
        return json.dumps(line)


def configure(form: str) -> None:
    """Log to stderr. As text: warnings and errors; as JSON also each request and the end of each task."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if form == "json" else logging.Formatter(_TEXT))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    if form == "json":
        logging.getLogger("captcha_range").setLevel(logging.INFO)
