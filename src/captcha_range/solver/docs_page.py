"""`GET /openapi.json` and `GET /docs`: the document for programs, and for people without any asset from elsewhere."""

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from captcha_range.core.late import late
from captcha_range.solver.openapi import document
from captcha_range.solver.problems import PROBLEMS

if TYPE_CHECKING:
    import jinja2
else:
    jinja2 = late("jinja2")

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


async def openapi_document(request: Request) -> Response:
    """The document as JSON."""
    return Response(_encoded(), media_type="application/json")


async def docs_page(request: Request) -> Response:
    """The document as a page."""
    return Response(_page(), media_type="text/html", headers={"content-security-policy": _POLICY})


@cache
def _encoded() -> bytes:
    return msgspec.json.encode(document())


@cache
def _page() -> str:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("captcha_range.solver", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["kind"] = kind_of
    template = environment.get_template("docs.html.j2")
    return template.render(document=document(), problems=sorted(PROBLEMS.items(), key=_by_status))


def kind_of(schema: dict[str, Any]) -> str:
    """A JSON schema in a few words; a reference as the name of its target."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(kind_of(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(msgspec.json.encode(value).decode() for value in schema["enum"])
    if schema.get("type") == "array":
        inner = schema.get("items") or (schema.get("prefixItems") or [{}])[0]
        return f"list of {kind_of(inner)}"
    return str(schema.get("type", "anything"))


def _by_status(row: Any) -> tuple[int, str]:
    return row[1].status, row[0].code
