"""`captcha-range doctor`: is everything here that the range needs?"""

import platform
import socket
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.family import LEVELS
from captcha_range.cli.options import settings_options, settle
from captcha_range.core.pixels import decode_picture
from captcha_range.core.settings import Settings
from captcha_range.core.streams import Streams
from captcha_range.http_call import Unreachable, call
from captcha_range.recognition.catalogue import load_recogniser


@click.command()
@settings_options
def doctor(config: Path | None, data_dir: Path | None) -> None:
    """Check this machine and the settings.

    Exit code 1 if something is missing.
    """
    settings = settle(config, data_dir=data_dir)
    checks: list[tuple[str, Callable[[], str]]] = [
        ("python", _python),
        ("sqlite", _sqlite),
        ("data directory", lambda: _data_dir(settings)),
        ("challenges", _challenges),
        ("recogniser", lambda: _recogniser(settings)),
        ("loopback", _loopback),
        ("provider", lambda: _plane(settings, settings.provider_port)),
        ("solver", lambda: _plane(settings, settings.solver_port)),
    ]
    healthy = True
    for name, check in checks:
        try:
            mark, told = "ok  ", check()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            mark, told, healthy = "FAIL", f"{type(error).__name__}: {error}", False
        print(f"{mark}  {name:<15} {told}")
    sys.exit(0 if healthy else 1)


def _python() -> str:
    return f"{platform.python_version()} on {platform.platform(terse=True)}"


def _sqlite() -> str:
    if sqlite3.sqlite_version_info < (3, 35):
        raise RuntimeError(f"SQLite {sqlite3.sqlite_version} has no RETURNING; 3.35 or newer is needed")
    return sqlite3.sqlite_version


def _data_dir(settings: Settings) -> str:
    folder = settings.data_dir
    while not folder.exists():
        folder = folder.parent
    with tempfile.TemporaryFile(dir=folder):
        return f"{settings.data_dir} (writable)"


def _challenges() -> str:
    stream = Streams(b"doctor").stream("doctor")
    drawn = [family.draw(stream, level) for family in FAMILIES.values() for level in LEVELS]
    return f"{', '.join(FAMILIES)}; {len(drawn)} pictures drawn"


def _recogniser(settings: Settings) -> str:
    challenge = FAMILIES["odd_one_out"].draw(Streams(b"doctor").stream("recogniser"), 1)
    recogniser = load_recogniser(settings.recogniser)
    if recogniser.recognise(decode_picture(challenge.picture), challenge.prompt.en) is None:
        raise RuntimeError(f"{recogniser.name} did not understand an odd_one_out picture of level 1")
    return f"{recogniser.name} answers"


def _loopback() -> str:
    with socket.create_server(("127.0.20.1", 0)) as server:
        return f"regions can bind, as {server.getsockname()[0]} did"


def _plane(settings: Settings, port: int) -> str:
    url = f"http://{settings.host}:{port}"
    try:
        reply = call("GET", f"{url}/health", timeout=2)
    except Unreachable:
        return f"not running at {url} (start it with: captcha-range serve)"
    if reply.status != 200:
        raise RuntimeError(f"something else answers at {url}")
    return f"running at {url}"
