"""`captcha-range demo`: the whole loop once, as a table and a report."""

import sys
import tempfile
from pathlib import Path

import click
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

from captcha_range.cli.console import table_console
from captcha_range.core.clock import SystemClock
from captcha_range.demo.browser_chapter import BrowserChapter, why_left_out
from captcha_range.demo.report import Told, write_report
from captcha_range.demo.story import Step, Story
from captcha_range.launch import LaunchedRange


@click.command()
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("demo-report.html"),
    show_default=True,
    help="Where to write the HTML report.",
)
def demo(report: Path) -> None:
    """Play the whole loop once: solve, verify, refuse.

    A range is started on free ports for it, in a temporary directory; nothing leaves this machine. With Chromium and
    Playwright here, a page is solved in a real browser too. Exit code 0 only if every step went as it must.
    """
    clock, console, steps = SystemClock(), table_console(), list[Step]()
    started, left_out = clock.elapsed(), why_left_out()
    with tempfile.TemporaryDirectory(prefix="captcha-range-demo-") as folder:
        waiting = Live(Spinner("dots", "starting a range on free ports"), console=console, transient=True)
        with waiting as live, LaunchedRange(Path(folder) / "data") as the_range:
            story = Story(the_range, clock)
            for step in story.steps():
                steps.append(step)
                live.update(_table(steps))
            challenges = the_range.provider.challenges(story.sitekey)[::-1] if story.sitekey else []
            chapter = BrowserChapter(Path(folder) / "browser", clock)
            if left_out is None:
                for step in chapter.steps():
                    steps.append(step)
                    live.update(_table(steps))
        console.print(_table(steps))
    seconds = clock.elapsed() - started
    write_report(report, Told(steps, challenges + chapter.answered, seconds, chapter.screenshot, left_out))
    passed = sum(step.passed for step in steps)
    if left_out is not None:
        console.print(f"Left out: chapter e, a page in a real Chromium. {left_out}.", soft_wrap=True, markup=False)
    console.print(
        f"{passed} of {len(steps)} steps as they must be, in {seconds:.1f} s. Report: {report.resolve()}",
        soft_wrap=True,
    )
    sys.exit(0 if passed == len(steps) else 1)


def _table(steps: list[Step]) -> Table:
    table = Table("", "chapter", "step", "outcome", "ms", box=None, pad_edge=False)
    table.columns[-1].justify = "right"
    for step in steps:
        mark = "[green]✓[/green]" if step.passed else "[red]✗[/red]"
        table.add_row(mark, step.chapter, step.name, step.outcome, f"{step.seconds * 1_000:.0f}")
    return table
