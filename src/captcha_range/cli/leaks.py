"""`captcha-range challenge leaks`: how much of the answer shows in everything but the picture's pixels."""

import sys
import tempfile
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import Final

import click
import msgspec
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.family import LEVELS
from captcha_range.cli.console import table_console
from captcha_range.core.clock import SystemClock
from captcha_range.http_call import call
from captcha_range.launch import LaunchedRange
from captcha_range.measurement.leak_hunter.hunt import LEAST, Oddity, Report, Row, hunted, oddities_of, reported
from captcha_range.measurement.leak_hunter.sighting import Sighting
from captcha_range.measurement.leak_hunter.visits import Visitor

_ORIGIN: Final = "http://shop.localhost:8000"
_COLUMNS: Final = (
    "",
    "family",
    "level",
    "told by",
    "best feature",
    "hits",
    "rate %",
    "95 % interval",
    "at most %",
    "floor %",
    "chance",
    "corrected",
)


@click.command()
@click.option(
    "--family",
    "families",
    type=click.Choice(list(FAMILIES)),
    multiple=True,
    help="Repeatable (default: all).",
)
@click.option(
    "--level",
    "levels",
    type=click.IntRange(LEVELS[0], LEVELS[-1]),
    multiple=True,
    help="Repeatable (default: 1 and 5).",
)
@click.option(
    "--count",
    type=click.IntRange(LEAST),
    default=400,
    show_default=True,
    help="Challenges for each family and level; half of them are learnt from.",
)
@click.option("--seed", default="leaks", show_default=True, help="The same seed draws the same challenges.")
@click.option("--all", "everything", is_flag=True, help="Print every row, not only the best of each family and level.")
@click.option(
    "--json",
    "json_path",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the numbers here.",
)
def leaks(
    families: tuple[str, ...], levels: tuple[int, ...], count: int, seed: str, everything: bool, json_path: Path | None
) -> None:
    """Hunt for answers in everything but the pixels.

    A range is started on free ports for it, and visited over HTTP. From half of the challenges, with their
    answers, the hunter learns what ids, sizes, times, headers, layout, questions, repeats and wrong replies tell;
    on the other half it must not do better than the floor. Exit code 1 if it does.
    """
    if json_path is not None and not json_path.parent.is_dir():
        raise click.BadParameter(f"there is no folder {json_path.parent}", param_hint="--json")
    report = _hunt(list(product(families or FAMILIES, levels or (LEVELS[0], LEVELS[-1]))), count, seed)
    console = table_console()
    console.print(table_of(report.rows if everything else worst(report.rows)))
    for oddity in report.oddities:
        console.print(f"{oddity.family}, level {oddity.level}: {oddity.what}, {oddity.times} times")
    console.print(summary(report))
    if json_path is not None:
        json_path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
    sys.exit(0 if report.is_clean else 1)


def _hunt(lines: list[tuple[str, int]], count: int, seed: str) -> Report:
    rows: list[Row] = []
    oddities: list[Oddity] = []
    console = Console(stderr=True)
    with (
        tempfile.TemporaryDirectory(prefix="captcha-range-leaks-") as folder,
        LaunchedRange(Path(folder) / "data") as the_range,
        Progress(console=console, transient=True) as progress,
    ):
        task = progress.add_task("hunting", total=len(lines) * count)
        for family, level in lines:
            progress.update(task, description=f"{family} {level}")
            seen = _sightings(the_range, family, level, count, seed, partial(progress.advance, task))
            rows += hunted(family, level, seen)
            oddities += oddities_of(family, level, seen)
    return reported(count, rows, oddities)


def _sightings(
    the_range: LaunchedRange, family: str, level: int, count: int, seed: str, progress: Callable[[int], object]
) -> list[Sighting]:
    operator = the_range.provider
    # A namespace for each line, so that a line's challenges do not hang on which others are asked for.
    namespace = operator.add_namespace(seed=f"{seed} {family} {level}")
    added = operator.add_site([_ORIGIN], families=[family], level=level, namespace=namespace)
    sitekey = added["site"]["sitekey"]
    visitor = Visitor(call, the_range.provider_url, sitekey, _ORIGIN, SystemClock())
    return visitor.sightings(count, partial(operator.challenges, sitekey), progress)


def worst(rows: list[Row]) -> list[Row]:
    """Of each family and level: what was found, or else the least likely row."""
    kept = []
    for line in dict.fromkeys((row.family, row.level) for row in rows):
        own = sorted((row for row in rows if (row.family, row.level) == line), key=lambda row: row.chance)
        kept += [row for row in own if row.is_leak] or own[:1]
    return kept


def summary(report: Report) -> str:
    """The outcome in a sentence."""
    rows, trials = len(report.rows), report.rows[0].trials
    if report.is_clean:
        return f"No leak in {rows} rows of {trials} held-out challenges each."
    found = sorted({f"{row.family} ({row.group})" for row in report.leaks})
    found += sorted({f"{oddity.family} ({oddity.what})" for oddity in report.oddities})
    return f"Found in {rows} rows of {trials} held-out challenges each: {', '.join(found)}."


def table_of(rows: list[Row]) -> Table:
    """One line for each row."""
    table = Table(box=None, header_style="bold")
    for name in _COLUMNS:
        is_text = name in {"", "family", "told by", "best feature"}
        table.add_column(name, justify="left" if is_text else "right", no_wrap=True)
    for each in rows:
        table.add_row(
            "[red]✗[/red]" if each.is_leak else "[green]✓[/green]",
            each.family,
            str(each.level),
            each.group,
            each.feature,
            f"{each.hits} of {each.trials}",
            f"{100 * each.rate:.1f}",
            f"{100 * each.interval.low:.1f} – {100 * each.interval.high:.1f}",
            f"{100 * each.upper:.1f}",
            f"{100 * each.floor:.1f}",
            f"{each.chance:.3f}",
            f"{each.corrected:.3f}",
        )
    return table
