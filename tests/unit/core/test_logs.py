"""The log as JSON: one object a line, whatever is logged, and no more than where an error came from."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from captcha_range.core.logs import JsonFormatter


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def log(stream: io.StringIO) -> Iterator[logging.Logger]:
    logger = logging.getLogger("captcha_range.tests.logs")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger.addHandler(handler)
    logger.propagate = False
    logger.setLevel(logging.INFO)
    yield logger
    logger.removeHandler(handler)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_has_its_time_level_logger_event_and_fields(log: logging.Logger, stream: io.StringIO) -> None:
    log.info("task %s", "ended", extra={"fields": {"task": "t", "seconds": 1.5, "failure": None}})
    (line,) = lines(stream)
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "captcha_range.tests.logs",
        "event": "task ended",
        "task": "t",
        "seconds": 1.5,
        "failure": None,
    }


@pytest.mark.parametrize(
    "text", ["two\nlines", "\ud800", '"', "人", "\0"], ids=["lines", "surrogate", "quote", "han", "nul"]
)
def test_hostile_text_stays_on_one_line(text: str) -> None:
    """Formatted here and not logged: parallel workers of pytest cannot report captured text that is no Unicode."""
    line = JsonFormatter().format(logging.makeLogRecord({"msg": text, "levelname": "WARNING"}))
    assert "\n" not in line
    assert json.loads(line)["event"] == text


def test_an_error_tells_its_kind_and_its_places_but_not_its_words(log: logging.Logger, stream: io.StringIO) -> None:
    try:
        int("0xsecret")
    except ValueError:
        log.exception("a request crashed")
    (line,) = lines(stream)
    assert line["error"] == "ValueError"
    assert "test_logs.py" in line["stack"][0]
    assert "0xsecret" not in stream.getvalue()
