"""`captcha-range sites`: the provider's sites."""

from pathlib import Path
from typing import Any

import click
import msgspec
from rich.table import Table

from captcha_range.app import PROVIDER_KEY_FILE
from captcha_range.challenges.composition import MOST_ROUNDS
from captcha_range.cli.console import table_console
from captcha_range.cli.options import plane_options, reach
from captcha_range.operator_api import Operator
from captcha_range.provider.sites import DETAILS, MODES, TOKEN_LENGTHS


@click.group()
def sites() -> None:
    """Register, list and remove sites, and rotate their secrets.

    A site is what may show the widget. The range must be running.
    """


@sites.command()
@plane_options("provider")
@click.option(
    "--origin",
    "origins",
    multiple=True,
    required=True,
    metavar="URL",
    help="Where its pages live; repeatable.",
)
@click.option("--name", default="", help="A name for people.")
@click.option("--sitekey", help="A UUID of your own (default: a fresh one).")
@click.option("--secret", help="A secret of your own (default: a fresh one, shown once).")
@click.option("--enterprise", is_flag=True, help="Answer siteverify with sitekey, score and score_reason.")
@click.option("--level", type=click.IntRange(1, 5), default=2, show_default=True, help="How hard the challenges are.")
@click.option(
    "--rounds",
    type=click.IntRange(1, MOST_ROUNDS),
    default=1,
    show_default=True,
    help="How many small challenges in a row make one; they are judged as a whole.",
)
@click.option("--require-remoteip", is_flag=True, help="Refuse a question without remoteip.")
@click.option("--merged-seen-code", is_flag=True, help="Answer the older invalid-or-already-seen-response.")
@click.option(
    "--fraction-digits", type=click.Choice(["3", "6"]), default="6", show_default=True, help="Of challenge_ts."
)
@click.option(
    "--token-length", type=click.IntRange(*TOKEN_LENGTHS), default=1_600, show_default=True, help="Characters."
)
@click.option(
    "--detail", "details", multiple=True, type=click.Choice(DETAILS), help="A further Enterprise field; repeatable."
)
@click.option("--namespace", default="", help="The namespace of a test that it belongs to.")
@click.option(
    "--mode",
    type=click.Choice(MODES),
    default="always_challenge",
    show_default=True,
    help="Who gets a challenge: everybody, suspicious visitors and one in a thousand, or nobody.",
)
@click.option("--family", "families", multiple=True, help="A challenge family; repeatable (default: all).")
def add(
    config: Path | None,
    data_dir: Path | None,
    url: str | None,
    origins: tuple[str, ...],
    name: str,
    sitekey: str | None,
    secret: str | None,
    enterprise: bool,
    level: int,
    mode: str,
    families: tuple[str, ...],
    fraction_digits: str,
    **options: Any,
) -> None:
    """Register a site and print its sitekey and secret."""
    fields: dict[str, Any] = {
        "name": name,
        "sitekey": sitekey,
        "secret": secret,
        "enterprise": enterprise,
        "level": level,
        "fraction_digits": int(fraction_digits),
        "mode": mode,
        **options,
    }
    if families:
        fields["families"] = families
    added = _operator(config, data_dir, url).add_site(list(origins), **fields)
    print(f"sitekey  {added['site']['sitekey']}")
    print(f"secret   {added['secret']}   (shown once)")


@sites.command(name="list")
@plane_options("provider")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(config: Path | None, data_dir: Path | None, url: str | None, as_json: bool) -> None:
    """List the registered sites."""
    found = _operator(config, data_dir, url).sites()
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    if not found:
        print("no sites yet; register one with: captcha-range sites add --origin http://127.0.0.1:5000")
        return
    table = Table("sitekey", "name", "origins", "kind", "level", "rounds", "mode", "families")
    for site in found:
        kind = "enterprise" if site["enterprise"] else "publisher"
        origins, families = "\n".join(site["origins"]), "\n".join(site["families"])
        level, rounds = str(site["level"]), str(site["rounds"])
        table.add_row(site["sitekey"], site["name"], origins, kind, level, rounds, site["mode"], families)
    table_console().print(table)


@sites.command(name="rotate-secret")
@plane_options("provider")
@click.argument("sitekey")
def rotate_secret(config: Path | None, data_dir: Path | None, url: str | None, sitekey: str) -> None:
    """Give SITEKEY a new secret and print it.

    The one before stays good until `retire-secret` or the next rotation, so that servers can change over.
    """
    print(f"secret   {_operator(config, data_dir, url).rotate_secret(sitekey)}   (shown once)")


@sites.command(name="retire-secret")
@plane_options("provider")
@click.argument("sitekey")
def retire_secret(config: Path | None, data_dir: Path | None, url: str | None, sitekey: str) -> None:
    """Complete a rotation: SITEKEY's former secret is refused from now on."""
    _operator(config, data_dir, url).retire_secret(sitekey)
    print(f"retired  the former secret of {sitekey}")


@sites.command()
@plane_options("provider")
@click.argument("sitekey")
def remove(config: Path | None, data_dir: Path | None, url: str | None, sitekey: str) -> None:
    """Remove a site; its tokens are refused from now on."""
    _operator(config, data_dir, url).remove_site(sitekey)
    print(f"removed  {sitekey}")


def _operator(config: Path | None, data_dir: Path | None, url: str | None) -> Operator:
    return reach(config, data_dir, url, port_setting="provider_port", key_file=PROVIDER_KEY_FILE)
