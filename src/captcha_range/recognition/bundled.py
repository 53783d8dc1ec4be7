"""The recogniser's own data files, each checked against the digest in `data/manifest.json` before use."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from captcha_range.core.errors import RangeError

DATA_FOLDER: Final = Path(__file__).parent / "data"


class DataDamaged(RangeError):
    """A data file of the recogniser is missing or not the one that was built; install the package again."""

    code = "recogniser_data_damaged"


class Manifest(msgspec.Struct, frozen=True):
    """What was built: SHA-256 in hexadecimal by file name."""

    files: dict[str, str]


@cache
def manifest() -> Manifest:
    """The list of data files."""
    try:
        return msgspec.json.decode((DATA_FOLDER / "manifest.json").read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise DataDamaged("the recogniser's manifest.json is missing or damaged") from error


def read(name: str) -> bytes:
    """The bytes of a data file. DataDamaged if it is missing, unlisted or changed."""
    try:
        data = (DATA_FOLDER / name).read_bytes()
    except OSError as error:
        raise DataDamaged(f"the recogniser's data file {name} is missing") from error
    if hashlib.sha256(data).hexdigest() != manifest().files.get(name):
        raise DataDamaged(f"the recogniser's data file {name} is not the one that was built")
    return data
