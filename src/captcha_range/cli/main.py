"""`captcha-range`: the group of all subcommands, and how their errors look."""

import sys
from importlib import import_module
from typing import Final

import click

from captcha_range import __version__
from captcha_range.core.errors import RangeError

COMMANDS: Final = {
    "accounts": "accounts:accounts",
    "challenge": "challenge:challenge",
    "dashboard": "dashboard:dashboard",
    "demo": "demo:demo",
    "doctor": "doctor:doctor",
    "exec": "exec:exec_",
    "journal": "journal:journal",
    "lab-proxy": "lab_proxy:lab_proxy",
    "scenarios": "scenarios:scenarios",
    "serve": "serve:serve",
    "sites": "sites:sites",
    "worker": "worker:worker",
}
"""Where each command is: a file in this folder, and its name there."""


class Commands(click.Group):
    """Imports the file of the command that was asked for: together they load every library there is."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        file, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"captcha_range.cli.{file}"), name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="captcha-range")
def cli() -> None:
    """A range for human checks: an offline hCaptcha for development and CI, and the solver service that
    practises against it.

    Start with `captcha-range demo`, then `captcha-range serve`.
    """


def main() -> None:
    """Run the command. Exit codes: 0 done, 1 refused or failed, 2 wrong usage."""
    try:
        cli(prog_name="captcha-range")
    except RangeError as error:
        click.echo(f"captcha-range: {error}", err=True)
        sys.exit(1)
