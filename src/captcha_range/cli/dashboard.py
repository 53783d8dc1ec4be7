"""`captcha-range dashboard`: a link that opens the dashboard of a running range."""

from pathlib import Path

import click

from captcha_range.app import PROVIDER_KEY_FILE
from captcha_range.cli.options import plane_options, reach, settle
from captcha_range.provider.dashboard import PATH


@click.command()
@plane_options("provider")
def dashboard(config: Path | None, data_dir: Path | None, url: str | None) -> None:
    """Print a link that opens the dashboard, once.

    The range must be running. Behind the link's # is a ticket, which the dashboard trades for the admin key.
    """
    operator = reach(config, data_dir, url, port_setting="provider_port", key_file=PROVIDER_KEY_FILE)
    settings = settle(config, data_dir=data_dir)
    at = (url or f"http://{settings.host}:{settings.provider_port}").rstrip("/")
    click.echo(f"{at}{PATH}#ticket={operator.dashboard_ticket()}")
