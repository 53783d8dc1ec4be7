"""`captcha-range accounts`: the solver's accounts."""

from pathlib import Path

import click
import msgspec
from rich.table import Table

from captcha_range.app import SOLVER_KEY_FILE
from captcha_range.cli.console import table_console
from captcha_range.cli.options import plane_options, reach
from captcha_range.operator_api import Operator
from captcha_range.solver.client_keys import USUAL

SCOPES = (*USUAL, "admin")


@click.group()
def accounts() -> None:
    """Open and list the solver's accounts, their keys and credits.

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
    print(f"webhooks    {opened['webhook_secret']}   (the secret that signs them; shown once)")


@accounts.command(name="add-key")
@plane_options("solver")
@click.argument("account")
@click.option("--name", default="unnamed", help="A name for people.")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="Repeatable (default: all but admin)."
)
def add_key(
    config: Path | None, data_dir: Path | None, url: str | None, account: str, name: str, scopes: tuple[str, ...]
) -> None:
    """Add a client key to ACCOUNT and print it."""
    added = _operator(config, data_dir, url).add_key(account, name, list(scopes) or list(USUAL))
    print(f"key id      {added['key']['client_key']}")
    print(f"client key  {added['client_key']}   (shown once)")


@accounts.command(name="revoke-key")
@plane_options("solver")
@click.argument("account")
@click.argument("key_id")
def revoke_key(config: Path | None, data_dir: Path | None, url: str | None, account: str, key_id: str) -> None:
    """Revoke a client key of ACCOUNT by its id."""
    _operator(config, data_dir, url).revoke_key(account, key_id)
    print("revoked")


@accounts.command(name="top-up")
@plane_options("solver")
@click.argument("account")
@click.argument("credit", metavar="CREDITS", type=click.IntRange(min=1))
def top_up(config: Path | None, data_dir: Path | None, url: str | None, account: str, credit: int) -> None:
    """Add CREDITS to the balance of ACCOUNT."""
    print(f"balance  {_operator(config, data_dir, url).top_up(account, credit)['balance']}")


@accounts.command(name="renew-webhook-secret")
@plane_options("solver")
@click.argument("account")
def renew_webhook_secret(config: Path | None, data_dir: Path | None, url: str | None, account: str) -> None:
    """Renew the secret that signs ACCOUNT's webhooks.

    The one before signs beside it for a day.
    """
    print(f"webhooks  {_operator(config, data_dir, url).renew_webhook_secret(account)}   (shown once)")


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
