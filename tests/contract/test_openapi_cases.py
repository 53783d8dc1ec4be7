"""Requests made from the OpenAPI document, good and bad: the solver answers as the document says, and never 5xx."""

from functools import cache
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from captcha_range.solver.openapi import document
from captcha_range.solver.operations import OPERATIONS, Operation
from tests.contract.running_range import RunningRange

EXAMPLES = 30
"""Cases for each operation; `make fuzz` is the long run."""

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
NATIVE_CHECKS = [*CHECKS, negative_data_rejection]
SLOW = {"universal", "followTask", "index", "docs", "openapi", "health", "metrics"}
"""Nothing to vary, or an answer that lasts as long as the client likes."""

CASES = [operation for operation in OPERATIONS if operation.name not in SLOW]


@cache
def schema() -> Any:
    return schemathesis.openapi.from_dict(document())


def play(cases: Any, at: RunningRange, operation: Operation) -> None:
    """Send cases, and hold every answer against the document."""
    # Unknown query parameters are ignored, as HTTP clients expect; bodies are strict.
    checks = NATIVE_CHECKS if operation.tag == "native" and operation.body is not None else CHECKS

    @hypothesis.settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @hypothesis.given(case=cases)
    def send(case: Any) -> None:
        response = case.call(base_url=at.solver_url, headers=headers(operation, at))
        case.validate_response(response, checks=checks)

    send()


def headers(operation: Operation, at: RunningRange) -> dict[str, str]:
    key = at.client_key
    if operation.tag == "worker":
        key = (at.launched.data_dir / "worker.key").read_text().strip()
    if operation.tag == "admin":
        key = (at.launched.data_dir / "solver-admin.key").read_text().strip()
    return {"Authorization": f"Bearer {key}", "User-Token": at.client_key, "Prefer": ""}


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: str(mode.value))
@pytest.mark.parametrize("operation", CASES, ids=lambda operation: operation.name)
def test_an_operation_keeps_to_the_document(
    running_range: RunningRange, operation: Operation, mode: GenerationMode
) -> None:
    play(schema()[operation.path][operation.method].as_strategy(generation_mode=mode), running_range, operation)


def test_an_answer_that_the_document_leaves_out_is_noticed(running_range: RunningRange) -> None:
    (operation,) = [each for each in OPERATIONS if each.name == "createNativeTask"]
    narrower = document()
    del narrower["paths"][operation.path]["post"]["responses"]["422"]
    cases = schemathesis.openapi.from_dict(narrower)[operation.path][operation.method].as_strategy()
    with pytest.raises(FailureGroup, match="Undocumented status code"):
        play(cases, running_range, operation)
