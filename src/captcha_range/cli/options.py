"""Options that several subcommands share, and what comes of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from captcha_range.core.errors import RangeError
from captcha_range.core.settings import Settings, environment, load_settings
from captcha_range.operator_api import Operator

F = TypeVar("F", bound=Callable[..., Any])


class KeyMissing(RangeError):
    """The admin key is not in the data directory; start the range once, or name its --data-dir."""

    code = "key_missing"


def settings_options(command: F) -> F:
    """--config and --data-dir."""
    config = click.option(
        "--config",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A TOML file with settings.",
    )
    data_dir = click.option(
        "--data-dir",
        type=click.Path(file_okay=False, path_type=Path),
        help="Where the range keeps its files (default: ~/.local/share/captcha-range).",
    )
    return config(data_dir(command))


def plane_options(plane: str) -> Callable[[F], F]:
    """--config, --data-dir and --url, to find a running plane and its key."""
    url = click.option("--url", metavar="URL", help=f"Where the {plane} listens (default: its port on 127.0.0.1).")
    return lambda command: settings_options(url(command))


def settle(config: Path | None, **flags: Any) -> Settings:
    """The settings from flags, environment, file and defaults."""
    return load_settings(flags, environment(), config)


def reach(config: Path | None, data_dir: Path | None, url: str | None, *, port_setting: str, key_file: str) -> Operator:
    """The admin API of a running plane, with the key from the data directory. KeyMissing."""
    settings = settle(config, data_dir=data_dir)
    file = settings.data_dir / key_file
    try:
        key = file.read_text().strip()
    except OSError:
        raise KeyMissing(f"no admin key at {file}; start `captcha-range serve`, or name its --data-dir") from None
    return Operator(url or f"http://{settings.host}:{getattr(settings, port_setting)}", key)
