"""Forms as `multipart/form-data` (RFC 7578), which some clients send to siteverify; docs/adr/0029."""

import re
from email.message import Message
from email.parser import BytesHeaderParser

MULTIPART = b"multipart/form-data"
MOST_FIELDS = 100
_BOUNDARY = re.compile(r"[ -~]{1,70}", re.ASCII)
# Behind a boundary stands the end of its line, and `--` behind the last.
_OPENS = re.compile(rb"[ \t]*\r\n")
_CLOSES = re.compile(rb"--[ \t]*(\r\n|$)")

_head = BytesHeaderParser().parsebytes


def parse_multipart(body: bytes, content_type: bytes) -> list[tuple[str, str]]:
    """Names and values in their order, less those of files. ValueError if malformed, or over 100 parts."""
    delimiter = b"\r\n--" + _boundary(content_type)
    _, *parts = (b"\r\n" + body).split(delimiter, MOST_FIELDS + 1)
    fields: list[tuple[str, str]] = []
    for part in parts:
        if _CLOSES.match(part):
            return fields
        name, value = _field(part)
        if name is not None:
            fields.append((name, value.decode()))
    raise ValueError("it does not end with its boundary")


def _boundary(content_type: bytes) -> bytes:
    header = Message()
    header["content-type"] = content_type.decode("latin-1")
    boundary = header.get_boundary() or ""
    if not _BOUNDARY.fullmatch(boundary):
        raise ValueError("its boundary is missing")
    return boundary.encode()


def _field(part: bytes) -> tuple[str | None, bytes]:
    """The name and the value; no name for a file, or where there is none."""
    opened = _OPENS.match(part)
    head, end, value = part[opened.end() :].partition(b"\r\n\r\n") if opened else (b"", b"", b"")
    if not end:
        raise ValueError("a part has no head")
    described = _head(head)
    name = described.get_param("name", header="content-disposition")
    is_file = described.get_param("filename", header="content-disposition") is not None
    return name if isinstance(name, str) and not is_file else None, value
