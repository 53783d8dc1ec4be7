"""What an operator can set, and where each value came from: flag, then environment, then file, then default."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, get_type_hints

import msgspec

from captcha_range.core.errors import RangeError
from captcha_range.core.lab_nets import Fence, NetworkNotNameable
from captcha_range.core.origins import OriginInvalid, parse_origin
from captcha_range.core.regions import DEFAULT_REGIONS, Regions, RegionsInvalid

ENVIRONMENT_PREFIX = "CAPTCHA_RANGE_"

HANDED_ON: Final = frozenset({"url", "sitekey", "secret", "ca_file", "leaf_pin"})
"""What `captcha-range exec` tells its command under the same prefix. It is no setting: a range in there ignores it."""

WORKERS = ("protocol", "browser")

LOG_FORMATS = ("text", "json")


class SettingsInvalid(RangeError):
    """A setting could not be understood; the message names the setting, its source and the mend."""

    code = "settings_invalid"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting. Ports: 0 takes a free one."""

    data_dir: Path
    host: str = "127.0.0.1"
    provider_port: int = 8480
    solver_port: int = 8481
    lab_nets: tuple[str, ...] = ()
    regions: dict[str, str] = msgspec.field(default_factory=lambda: dict(DEFAULT_REGIONS))
    seed: str | None = None
    recogniser: str = "classical"
    worker: str = WORKERS[0]
    workers: int = 4
    log_format: str = LOG_FORMATS[0]
    max_open_tasks: int = 4_000
    slots: int = 4
    provider_url: str | None = None
    solver_url: str | None = None
    provider_key_file: Path | None = None
    worker_key_file: Path | None = None


def load_settings(flags: Mapping[str, Any], environment: Mapping[str, str], file: Path | None) -> Settings:
    """Settle every setting from its first source that has it.

    `flags`: None means that the flag was not given, which is not the same as its default. SettingsInvalid
    for an unknown name, a value of the wrong kind, or a network outside what may be named.
    """
    sources = [
        ("flag", {name: value for name, value in flags.items() if value is not None}),
        ("environment", _from_environment(environment)),
        (f"file {file}", _from_file(file)),
        ("default", {"data_dir": str(_default_data_dir(environment))}),
    ]
    values: dict[str, Any] = {}
    came_from = dict.fromkeys(Settings.__struct_fields__, "default")
    for name, hint in get_type_hints(Settings).items():
        for source, found in sources:
            if name in found:
                values[name], came_from[name] = _convert(name, found[name], hint, source), source
                break
    settings = Settings(**values)
    for name, problem in _problems(settings):
        raise SettingsInvalid(f"{name} (from {came_from[name]}): {problem}")
    return settings


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for variable, text in environment.items():
        if not variable.startswith(ENVIRONMENT_PREFIX):
            continue
        name = variable.removeprefix(ENVIRONMENT_PREFIX).lower()
        if name in HANDED_ON:
            continue
        _require_known(name, f"environment variable {variable}")
        found[name] = _split(name, text)
    return found


def _split(name: str, text: str) -> Any:
    if name == "lab_nets":
        return [part.strip() for part in text.split(",") if part.strip()]
    if name == "regions":
        pairs = (part.partition("=") for part in text.split(",") if part.strip())
        return {label.strip(): network.strip() for label, _, network in pairs}
    return text


def _from_file(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        found = tomllib.loads(file.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsInvalid(f"settings file {file}: {error}") from None
    for name in found:
        _require_known(name, f"settings file {file}")
    return found


def _require_known(name: str, source: str) -> None:
    known = Settings.__struct_fields__
    if name not in known:
        raise SettingsInvalid(f"{source}: there is no setting {name!r}; the settings are {', '.join(known)}")


def _convert(name: str, value: Any, hint: Any, source: str) -> Any:
    try:
        return msgspec.convert(value, hint, strict=False, dec_hook=_to_path)
    except (msgspec.ValidationError, TypeError, RuntimeError) as error:
        raise SettingsInvalid(f"{name} (from {source}): {error}") from None


def _to_path(hint: type, value: Any) -> Any:
    if hint is Path and isinstance(value, str | Path):
        return Path(value).expanduser()
    raise TypeError("Expected a path")


_CHOICES: Final = {"worker": WORKERS, "log_format": LOG_FORMATS}
_BOUNDS: Final = {"workers": (0, 64), "slots": (1, 64), "max_open_tasks": (1, 1_000_000)}


def _default_data_dir(environment: Mapping[str, str]) -> Path:
    base = environment.get("XDG_DATA_HOME")
    return (Path(base) if base else Path("~/.local/share").expanduser()) / "captcha-range"


def _problems(settings: Settings) -> Iterator[tuple[str, str]]:
    """The settings that have the right form but cannot be used, and why not."""
    for name in ("provider_port", "solver_port"):
        if not 0 <= getattr(settings, name) <= 65535:
            yield name, "must be a port, 0 … 65535 (0 takes a free one)"
    if settings.provider_port == settings.solver_port != 0:
        yield "solver_port", "must differ from provider_port"
    for name, choices in _CHOICES.items():
        if getattr(settings, name) not in choices:
            yield name, f"must be one of {', '.join(choices)}"
    for name, (least, most) in _BOUNDS.items():
        if not least <= getattr(settings, name) <= most:
            yield name, f"must be {least} … {most}"
    yield from _network_problems(settings)


def _network_problems(settings: Settings) -> Iterator[tuple[str, str]]:
    try:
        fence = Fence(settings.lab_nets)
    except NetworkNotNameable as error:
        yield "lab_nets", str(error).removeprefix("lab_nets: ")
        return
    if not fence.contains(settings.host):
        yield "host", f"{settings.host!r} is not inside the range; use 127.0.0.1, ::1, or an address in lab_nets"
    try:
        Regions(settings.regions)
    except RegionsInvalid as error:
        yield "regions", str(error).removeprefix("regions: ")
    yield from _unusable_urls(settings, fence)


def _unusable_urls(settings: Settings, fence: Fence) -> Iterator[tuple[str, str]]:
    for name in ("provider_url", "solver_url"):
        url = getattr(settings, name)
        try:
            origin = None if url is None else parse_origin(url)
        except OriginInvalid as error:
            yield name, str(error)
            continue
        if origin is not None and (str(origin) != url or origin.scheme != "http"):
            yield name, "must be http://host:port and nothing after it"
        elif origin is not None and origin.host != "localhost" and not fence.contains(origin.host):
            yield name, "must name localhost or an address inside the range: loopback, or in lab_nets"


def environment() -> Mapping[str, str]:
    """The process's environment."""
    return os.environ
