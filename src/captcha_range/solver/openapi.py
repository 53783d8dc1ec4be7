"""The OpenAPI 3.1 document, made of the operations' table and the types that are really read and written."""

import re
from typing import Any

import msgspec

from captcha_range.solver.operations import OPERATIONS, Operation
from captcha_range.solver.problems import MEDIA_TYPE, PROBLEMS, Problem

_REF = "#/components/schemas/{name}"
_PLACE = re.compile(r"\{(\w+)\}")
_TAGS = {
    "native": "The native API: idempotent orders, events, webhooks, problem details.",
    "worker": "Leases of tasks, for workers in other processes, each with a key of its own.",
    "createTask": "createTask and getTaskResult: always HTTP 200, closed objects.",
    "nocaptcha": "universal and preflight.",
    "AceData": "Image recognition.",
    "admin": "The operator's side, with the admin key.",
    "about": "About the solver itself.",
}


def document() -> dict[str, Any]:
    """The whole document."""
    types = _types()
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    refs = dict(zip(types, schemas, strict=True))
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, refs)
    made = {
        "openapi": "3.1.0",
        "info": {
            "title": "captcha-range solver",
            "version": "1",
            "summary": "Solves only challenges that this range's own provider issued.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SECURITY},
    }
    # Once through JSON: msgspec gives defaults as tuples, which JSON Schema does not know.
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(made))
    return plain


_SECURITY = {
    "clientKey": {"type": "http", "scheme": "bearer", "description": "A client key with the named scope."},
    "workerKey": {"type": "http", "scheme": "bearer", "description": "A worker's key."},
    "adminKey": {"type": "http", "scheme": "bearer", "description": "The solver's admin key."},
    "userToken": {"type": "apiKey", "in": "header", "name": "User-Token"},
}


def _types() -> list[Any]:
    found: list[Any] = [Problem]
    for operation in OPERATIONS:
        candidates = [operation.body, *(kind for answer in operation.answers.values() for kind in _each(answer))]
        found += [kind for kind in candidates if isinstance(kind, type) and kind not in found]
    return list(dict.fromkeys(found))


def _each(answer: Any) -> tuple[Any, ...]:
    return answer if isinstance(answer, tuple) else (answer,)


def _operation(operation: Operation, refs: dict[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": _parameters(operation),
        "responses": _responses(operation, refs),
        "security": _security(operation),
    }
    if operation.body is not None:
        content = {"application/json": {"schema": refs[operation.body]}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _PLACE.findall(operation.path)
    ]
    return in_path + [
        {"name": each.name, "in": each.place, "description": each.description, "schema": each.schema}
        for each in operation.parameters
    ]


def _responses(operation: Operation, refs: dict[Any, Any]) -> dict[str, Any]:
    responses = {str(status): _answer(status, answer, refs) for status, answer in operation.answers.items()}
    for kind in operation.errors:
        problem = PROBLEMS[kind]
        response = responses.setdefault(str(problem.status), {"description": ""})
        response["content"] = {MEDIA_TYPE: {"schema": refs[Problem]}}
        response["description"] = "; ".join(filter(None, (response["description"], f"`{kind.code}`")))
    return dict(sorted(responses.items()))


def _answer(status: int, answer: Any, refs: dict[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"description": "Done" if status < 300 else "Refused"}
    if isinstance(answer, str):
        described["content"] = {answer: {"schema": {"type": "object"} if answer.endswith("json") else {}}}
    elif answer is not None:
        schemas = [refs[kind] for kind in _each(answer)]
        schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
        described["content"] = {"application/json": {"schema": schema}}
    return described


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    if operation.scope is not None:
        return [{"clientKey": [operation.scope]}]
    if operation.tag == "admin":
        return [{"adminKey": []}]
    if operation.tag == "worker":
        return [{"workerKey": []}]
    if operation.tag == "AceData":
        return [{"clientKey": ["solve"]}]
    return [{"userToken": []}] if operation.name == "universal" else []
