"""`captcha-range accounts`: the solver's accounts."""

from pathlib import Path

import click
import msgspec
from rich.table import Table

from captcha_range.app import SOLVER_KEY_FILE
from captcha_range.cli.console import table_console
from captcha_range.cli.options import plane_options, reach
from captcha_range.operator_api import Operator


@click.group()
def accounts() -> None:
    """Open and list the solver's accounts.

    The range must be running.
    """


@accounts.command()
@plane_options("solver")
@click.option("--name", default="unnamed", help="A name for people.")
@click.option(
    "--balance",
    type=click.IntRange(min=0),
    default=100_000,
    show_default=True,
    help="Credits; a token costs one.",
)
@click.option("--recognitions", type=click.IntRange(min=0), default=1_000, show_default=True, help="Free recognitions.")
@click.option(
    "--task-ids",
    type=click.Choice(["uuid", "integer"]),
    default="uuid",
    show_default=True,
    help="Form of taskId.",
)
def add(
    config: Path | None,
    data_dir: Path | None,
    url: str | None,
    name: str,
    balance: int,
    recognitions: int,
    task_ids: str,
) -> None:
    """Open an account and print its client key."""
    operator = _operator(config, data_dir, url)
    opened = operator.open_account(name=name, balance=balance, recognitions=recognitions, task_ids=task_ids)
    print(f"account     {opened['account']['account']}")
    print(f"client key  {opened['client_key']}   (shown once)")


@accounts.command(name="list")
@plane_options("solver")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(config: Path | None, data_dir: Path | None, url: str | None, as_json: bool) -> None:
    """List the accounts."""
    found = _operator(config, data_dir, url).accounts()
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    if not found:
        print("no accounts yet; open one with: captcha-range accounts add")
        return
    table = Table("account", "name", "balance", "recognitions", "task ids")
    for account in found:
        numbers = (str(account["balance"]), str(account["recognitions"]))
        table.add_row(account["account"], account["name"], *numbers, account["task_ids"])
    table_console().print(table)


def _operator(config: Path | None, data_dir: Path | None, url: str | None) -> Operator:
    return reach(config, data_dir, url, port_setting="solver_port", key_file=SOLVER_KEY_FILE)
