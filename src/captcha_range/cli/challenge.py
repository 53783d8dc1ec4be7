"""`captcha-range challenge`: look at the challenges, and measure what a recogniser makes of them."""

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
from captcha_range.challenges.contact_sheet import contact_sheet
from captcha_range.challenges.family import LEVELS
from captcha_range.cli.console import table_console
from captcha_range.cli.leaks import leaks
from captcha_range.core.pixels import decode_picture
from captcha_range.core.streams import Streams
from captcha_range.measurement.attacker_view import attacker_view, objects_seen, told
from captcha_range.measurement.plots import page_of
from captcha_range.measurement.solve_rates import SolveRate, measure, reply_of
from captcha_range.recognition.catalogue import RECOGNISERS, installed, load_recogniser

_COLUMNS: Final = (
    "family",
    "level",
    "recogniser",
    "rate %",
    "95 % interval",
    "floor %",
    "abstained",
    "p50 ms",
    "p99 ms",
    "Brier",
)

family_names = click.Choice(list(FAMILIES))
level_numbers = click.IntRange(LEVELS[0], LEVELS[-1])


@click.group()
def challenge() -> None:
    """Draw challenges, and measure recognisers against them (nothing needs to be running)."""


challenge.add_command(leaks)


@challenge.command()
@click.option("--family", "families", type=family_names, multiple=True, help="Repeatable (default: all).")
@click.option("--level", "levels", type=level_numbers, multiple=True, help="Repeatable (default: 1 to 5).")
@click.option(
    "--recogniser",
    "recognisers",
    type=click.Choice(list(RECOGNISERS)),
    multiple=True,
    help="Repeatable (default: all that are installed).",
)
@click.option("--count", type=click.IntRange(1), default=500, show_default=True, help="Challenges for each line.")
@click.option("--seed", default="bench", show_default=True, help="The same seed draws the same challenges.")
@click.option("--processes", type=click.IntRange(1, 256), default=2, show_default=True, help="How many to use.")
@click.option(
    "--json",
    "json_path",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the numbers here.",
)
@click.option(
    "--plot",
    "plot_path",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write plots of rate against level and of confidence against rate here, as one HTML file.",
)
def bench(
    families: tuple[str, ...],
    levels: tuple[int, ...],
    recognisers: tuple[str, ...],
    count: int,
    seed: str,
    processes: int,
    json_path: Path | None,
    plot_path: Path | None,
) -> None:
    """Solve rates of recognisers on fresh challenges.

    Each challenge is drawn, shown once with its own question (English and Chinese in turn) and judged. The
    floor is what somebody reaches who does not look. Times are those of recognition alone.
    """
    _refuse_missing_folder(json_path, "--json")
    _refuse_missing_folder(plot_path, "--plot")
    lines = list(product(families or FAMILIES, levels or LEVELS, recognisers or installed()))
    rates = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("measuring", total=len(lines) * count)
        for family, level, recogniser in lines:
            progress.update(task, description=f"{family} {level} {recogniser}")
            advance = partial(progress.advance, task)
            rates.append(measure(family, level, recogniser, seed, count, processes, advance))
    table_console().print(table_of(rates))
    if json_path is not None:
        json_path.write_bytes(msgspec.json.format(msgspec.json.encode(rates), indent=1) + b"\n")
    if plot_path is not None:
        plot_path.write_text(page_of(rates), encoding="utf-8")


@challenge.command()
@click.argument("path", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--family", "family_name", type=family_names, required=True, help="Which kind of challenge.")
@click.option("--level", type=level_numbers, default=1, show_default=True, help="How hard.")
@click.option("--count", type=click.IntRange(1, 100), default=12, show_default=True, help="How many.")
@click.option("--columns", type=click.IntRange(1, 20), default=4, show_default=True, help="How many in a row.")
@click.option("--seed", default="draw", show_default=True, help="The same seed draws the same challenges.")
@click.option("--answers", is_flag=True, help="Outline what is right.")
def draw(path: Path, family_name: str, level: int, count: int, columns: int, seed: str, answers: bool) -> None:
    """Write a sheet of challenges with their questions to PATH, a PNG file."""
    if path.suffix.lower() != ".png":
        raise click.BadParameter("the sheet is a PNG picture: end its name in .png", param_hint="PATH")
    _refuse_missing_folder(path, "PATH")
    family, streams = FAMILIES[family_name], Streams(seed.encode())
    drawn = [family.draw(streams.stream("draw", family_name, level, number), level) for number in range(count)]
    path.write_bytes(contact_sheet(drawn, min(columns, count), answers))
    print(f"{count} challenges of {family_name}, level {level}: {path}")


@challenge.command()
@click.argument("path", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--family", "family_name", type=family_names, required=True, help="Which kind of challenge.")
@click.option("--level", type=level_numbers, default=1, show_default=True, help="How hard.")
@click.option("--seed", default="solve", show_default=True, help="The same seed draws the same challenge.")
@click.option(
    "--recogniser",
    "recogniser_name",
    type=click.Choice(list(RECOGNISERS)),
    default="classical",
    show_default=True,
    help="Who looks.",
)
@click.option("--question", help="What to ask (default: the challenge's own question).")
def solve(path: Path, family_name: str, level: int, seed: str, recogniser_name: str, question: str | None) -> None:
    """Let a recogniser look at a fresh challenge, and write what it saw to PATH, a PNG file.

    Drawn in: the objects that it found, their names and confidences where it names them, and its reply.
    """
    if path.suffix.lower() != ".png":
        raise click.BadParameter("the view is a PNG picture: end its name in .png", param_hint="PATH")
    _refuse_missing_folder(path, "PATH")
    family, recogniser = FAMILIES[family_name], load_recogniser(recogniser_name)
    drawn = family.draw(Streams(seed.encode()).stream("solve", family_name, level), level)
    picture, asked = decode_picture(drawn.picture), question or drawn.prompt.en
    recognition = recogniser.recognise(picture, asked)
    path.write_bytes(attacker_view(picture, objects_seen(recogniser, picture), recognition))
    is_right = recognition is not None and family.judge(drawn.answer, reply_of(recognition, drawn, family.replies_with))
    print(f"{asked}\n{told(recognition)}: {'right' if is_right else 'not right'}. {path}")


def table_of(rates: list[SolveRate]) -> Table:
    """One line for each solve rate."""
    table = Table(box=None, header_style="bold")
    for name in _COLUMNS:
        table.add_column(name, justify="left" if name in {"family", "recogniser"} else "right", no_wrap=True)
    for each in rates:
        table.add_row(*_cells(each))
    return table


def _cells(each: SolveRate) -> tuple[str, ...]:
    return (
        each.family,
        str(each.level),
        each.recogniser,
        f"{100 * each.rate:.1f}",
        f"{100 * each.interval.low:.1f} – {100 * each.interval.high:.1f}",
        f"{100 * each.floor:.1f}",
        f"{each.abstained} of {each.count}",
        f"{each.p50_ms:.1f}",
        f"{each.p99_ms:.1f}",
        "–" if each.brier is None else f"{each.brier:.3f}",
    )


def _refuse_missing_folder(path: Path | None, hint: str) -> None:
    # Said before the work, not after it.
    if path is not None and not path.parent.is_dir():
        raise click.BadParameter(f"there is no folder {path.parent}", param_hint=hint)
