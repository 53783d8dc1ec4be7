"""The OpenAPI document: valid, complete, closed where clients need it, and readable."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.applications import Starlette
from starlette.routing import Route

from captcha_range.solver.dialects import wire
from captcha_range.solver.openapi import document
from captcha_range.solver.operations import OPERATIONS
from captcha_range.solver.routes import create_app
from tests.solver_desk import Desk

DOCUMENT = document()


def routes(app: Any) -> Iterator[tuple[str, str]]:
    assert isinstance(app, Starlette)
    for route in app.routes:
        assert isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}:
            yield method, route.path


def test_the_document_is_valid_openapi_31() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_a_broken_document_would_be_noticed() -> None:
    broken = {**DOCUMENT, "paths": {"/x": {"get": {"responses": {"200": {}}}}}}
    assert list(OpenAPIV31SpecValidator(broken).iter_errors())


async def test_every_route_is_in_the_document_and_nothing_else(desk: Desk) -> None:
    told = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert told == set(routes(create_app(desk.solver)))


def test_the_names_of_operations_are_unique() -> None:
    names = [operation.name for operation in OPERATIONS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("kind", sorted(wire.Answer.__subclasses__(), key=str), ids=lambda kind: kind.__name__)
def test_the_answers_of_the_dialects_are_closed(kind: type) -> None:
    schema = DOCUMENT["components"]["schemas"].get(kind.__name__)
    assert schema is None or schema["additionalProperties"] is False


async def test_the_document_is_served_as_it_is_made(desk: Desk) -> None:
    assert (await desk.call("GET", "/openapi.json")).body == msgspec.json.decode(msgspec.json.encode(DOCUMENT))


async def test_the_page_shows_every_operation_and_loads_nothing(desk: Desk) -> None:
    answer = await desk.call("GET", "/docs")
    page = answer.body.decode()
    for operation in OPERATIONS:
        assert f'<span class="path">{operation.path}</span>' in page
    assert not re.search(r"<(script|link|img|iframe|object|embed)\b|@import|url\(", page)
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_every_link_of_the_page_leads_somewhere_on_it(desk: Desk) -> None:
    page = (await desk.call("GET", "/docs")).body.decode()
    found: dict[str, set[str]] = {"id": set(), "href": set()}

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            for name, value in attrs:
                if name in found and value:
                    found[name].add(value)

    Reader().feed(page)
    assert {link.removeprefix("#") for link in found["href"] if link.startswith("#")} <= found["id"]
