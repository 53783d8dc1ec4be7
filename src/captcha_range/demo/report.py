"""The demonstration's report: one HTML file without external parts, with the pictures and the solver's clicks."""

from importlib import resources
from pathlib import Path
from typing import Any

import jinja2

from captcha_range.demo.story import Step


def write_report(file: Path, steps: list[Step], challenges: list[dict[str, Any]], seconds: float) -> None:
    """Write the report. `challenges` are the provider's records, the latest first."""
    source = (resources.files("captcha_range.demo") / "report.html.j2").read_text()
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    answered = [_figure(record) for record in reversed(challenges) if record["reply"] is not None]
    page = environment.from_string(source).render(steps=steps, figures=answered, seconds=seconds)
    file.write_text(page)


def _figure(record: dict[str, Any]) -> dict[str, Any]:
    """A record as the template draws it: clicks as points, chosen tiles and right places as rectangles."""
    reply, tiles = record["reply"], record["tiles"]
    chosen = [tiles[number] for number in reply.get("tiles", ()) if 0 <= number < len(tiles)]
    centres = [(tile["x"] + tile["width"] / 2, tile["y"] + tile["height"] / 2) for tile in chosen]
    answer = record["answer"]
    right = answer.get("targets") or [tiles[number] for number in answer.get("tiles", ())]
    return {**record, "clicks": reply.get("points") or centres, "right": right}
