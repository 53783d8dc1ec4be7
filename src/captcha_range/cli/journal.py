"""`captcha-range journal`: what the provider was asked, what it answered, and why."""

import contextlib
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from captcha_range.app import PROVIDER_KEY_FILE
from captcha_range.cli.options import plane_options, reach
from captcha_range.operator_api import Operator

F = TypeVar("F", bound=Callable[..., Any])
_FIRST = ("call", "sitekey", "code", "why", "scenario")


def filter_options(command: F) -> F:
    """--event, --call, --code, --scenario, --sitekey and --namespace."""
    for name, help_text in (
        ("namespace", "Only of the sites of this namespace."),
        ("sitekey", "Only of this site."),
        ("scenario", "Only where this scenario happened."),
        ("code", "Only refusals with this code."),
        ("call", "Only of this call: siteverify, getcaptcha, checkcaptcha, checksiteconfig."),
        ("event", "Only this event, such as TokenRefused."),
    ):
        command = click.option(f"--{name}", help=help_text)(command)
    return command


@click.group()
def journal() -> None:
    """Read the provider's journal: every call, its verdict, and for each refusal why.

    The range must be running. The journal holds no secret and no token.
    """


@journal.command()
@plane_options("provider")
@filter_options
@click.option("--after", type=click.IntRange(0), default=0, help="Only after this entry's number.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def show(
    config: Path | None, data_dir: Path | None, url: str | None, after: int, as_json: bool, **wanted: str | None
) -> None:
    """Show entries, oldest first: a thousand at most."""
    for entry in _operator(config, data_dir, url).journal(after, **_given(wanted)):
        _print(entry, as_json)


@journal.command()
@plane_options("provider")
@filter_options
@click.option("--after", type=click.IntRange(0), help="Begin after this entry's number (default: now).")
@click.option("--count", type=click.IntRange(1), help="End after so many entries (default: never).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def tail(
    config: Path | None,
    data_dir: Path | None,
    url: str | None,
    after: int | None,
    count: int | None,
    as_json: bool,
    **wanted: str | None,
) -> None:
    """Show entries as they are written, until interrupted."""
    with (
        contextlib.suppress(KeyboardInterrupt),
        _operator(config, data_dir, url).tail_journal(after, **_given(wanted)) as entries,
    ):
        for number, entry in enumerate(entries, start=1):
            _print(entry, as_json)
            if number == count:
                return


@journal.command()
@plane_options("provider")
@filter_options
def export(config: Path | None, data_dir: Path | None, url: str | None, **wanted: str | None) -> None:
    """Print the whole journal, one JSON object a line."""
    for line in _operator(config, data_dir, url).export_journal(**_given(wanted)):
        sys.stdout.write(line.decode())


def _print(entry: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(msgspec.json.encode(entry).decode(), flush=True)
        return
    when = datetime.fromtimestamp(entry["at"], UTC).strftime("%Y-%m-%d %H:%M:%S")
    facts = entry["facts"]
    names = [name for name in (*_FIRST, *(name for name in facts if name not in _FIRST)) if facts.get(name) is not None]
    print(f"{entry['number']:>6}  {when}  {entry['event']}", *(f"{name}={facts[name]}" for name in names), flush=True)


def _given(wanted: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in wanted.items() if value is not None}


def _operator(config: Path | None, data_dir: Path | None, url: str | None) -> Operator:
    return reach(config, data_dir, url, port_setting="provider_port", key_file=PROVIDER_KEY_FILE)
