"""`captcha-range`: the group of all subcommands, and how their errors look."""

import sys

import click

from captcha_range import __version__
from captcha_range.cli.accounts import accounts
from captcha_range.cli.challenge import challenge
from captcha_range.cli.dashboard import dashboard
from captcha_range.cli.demo import demo
from captcha_range.cli.doctor import doctor
from captcha_range.cli.exec import exec_
from captcha_range.cli.journal import journal
from captcha_range.cli.lab_proxy import lab_proxy
from captcha_range.cli.scenarios import scenarios
from captcha_range.cli.serve import serve
from captcha_range.cli.sites import sites
from captcha_range.cli.worker import worker
from captcha_range.core.errors import RangeError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="captcha-range")
def cli() -> None:
    """A range for human checks: an offline hCaptcha for development and CI, and the solver service that
    practises against it.

    Start with `captcha-range demo`, then `captcha-range serve`.
    """


_COMMANDS = (
    serve,
    dashboard,
    worker,
    demo,
    sites,
    scenarios,
    journal,
    accounts,
    doctor,
    challenge,
    lab_proxy,
    exec_,
)
for command in _COMMANDS:
    cli.add_command(command)


def main() -> None:
    """Run the command. Exit codes: 0 done, 1 refused or failed, 2 wrong usage."""
    try:
        cli(prog_name="captcha-range")
    except RangeError as error:
        click.echo(f"captcha-range: {error}", err=True)
        sys.exit(1)
