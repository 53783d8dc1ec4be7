"""The demonstration's report: one HTML file without external parts, with the pictures and the solver's clicks."""

import base64
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import jinja2

from captcha_range.demo.story import Step


class Told(NamedTuple):
    """What the report tells: `challenges` are the provider's records in the order of issue, `seconds` what it all took.

    `screenshot` is a page in Chromium, JPEG; `left_out` says why there is none.
    """

    steps: list[Step]
    challenges: list[dict[str, Any]]
    seconds: float
    screenshot: bytes = b""
    left_out: str | None = None


def write_report(file: Path, told: Told) -> None:
    """Write the report."""
    source = (resources.files("captcha_range.demo") / "report.html.j2").read_text()
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    figures = [_figure(record) for record in told.challenges if record["reply"] is not None]
    screenshot = base64.b64encode(told.screenshot).decode()
    page = environment.from_string(source).render({**told._asdict(), "figures": figures, "screenshot": screenshot})
    file.write_text(page)


def _figure(record: dict[str, Any]) -> dict[str, Any]:
    """A record as the template draws it: clicks as points, chosen tiles and right places as rectangles."""
    reply, tiles = record["reply"], record["tiles"]
    chosen = [tiles[number] for number in reply.get("tiles", ()) if 0 <= number < len(tiles)]
    centres = [(tile["x"] + tile["width"] / 2, tile["y"] + tile["height"] / 2) for tile in chosen]
    answer = record["answer"]
    right = answer.get("targets") or [tiles[number] for number in answer.get("tiles", ())]
    return {**record, "clicks": reply.get("points") or centres, "right": right}
