"""`captcha-range scenarios`: what can happen to an integration, and making it happen."""

from pathlib import Path

import click
from rich.table import Table

from captcha_range.app import PROVIDER_KEY_FILE
from captcha_range.cli.console import table_console
from captcha_range.cli.options import plane_options, reach
from captcha_range.operator_api import Operator
from captcha_range.provider.magic_keys import MAGIC_SECRET, magic_sitekey, magic_token
from captcha_range.provider.scenarios import SCENARIOS, SITEVERIFY


@click.group()
def scenarios() -> None:
    """List scenarios, and stage them for a running range."""


@scenarios.command(name="list")
def list_() -> None:
    """List every scenario with its magic keys (nothing needs to be running)."""
    table = Table("scenario", "at", "what it shows", "magic token, or sitekey")
    for each in SCENARIOS:
        key = magic_token(each) if each.at == SITEVERIFY else magic_sitekey(each)
        table.add_row(each.name, each.at, each.shows, key)
    table_console().print(table)
    print(f"magic secret  {MAGIC_SECRET}")


@scenarios.command()
@plane_options("provider")
@click.argument("scenario")
@click.option("--sitekey", help="Only for this site (default: every site).")
@click.option("--namespace", help="Only for the sites of this namespace.")
@click.option("--requests", type=click.IntRange(1), help="How often it happens (default: until it is ended).")
@click.option("--seconds", type=click.FloatRange(0), help="How slow `slow` and `hang` are.")
def stage(
    config: Path | None,
    data_dir: Path | None,
    url: str | None,
    scenario: str,
    sitekey: str | None,
    namespace: str | None,
    requests: int | None,
    seconds: float | None,
) -> None:
    """Stage SCENARIO: it happens to the calls that come."""
    fields = {"sitekey": sitekey, "namespace": namespace, "requests": requests, "seconds": seconds}
    staged = _operator(config, data_dir, url).stage(scenario, **fields)
    print(f"staged   {staged['id']}")


@scenarios.command()
@plane_options("provider")
def staged(config: Path | None, data_dir: Path | None, url: str | None) -> None:
    """List what is staged."""
    for each in _operator(config, data_dir, url).stagings():
        whom = each["sitekey"] or each["namespace"] or "every site"
        left = "until ended" if each["left"] is None else f"{each['left']} more"
        print(f"{each['id']}  {each['scenario']}  {whom}  {left}")


@scenarios.command()
@plane_options("provider")
def clear(config: Path | None, data_dir: Path | None, url: str | None) -> None:
    """End everything that is staged."""
    _operator(config, data_dir, url).clear_stagings()
    print("cleared  the stage")


def _operator(config: Path | None, data_dir: Path | None, url: str | None) -> Operator:
    return reach(config, data_dir, url, port_setting="provider_port", key_file=PROVIDER_KEY_FILE)
