"""The extra that `cnn` needs, asked for without loading it."""

from importlib.util import find_spec

from captcha_range.core.errors import RangeError


class NetworkMissing(RangeError):
    """The recogniser `cnn` needs the extra `cnn`: pip install 'captcha-range[cnn]'."""

    code = "network_missing"


def has_extra() -> bool:
    """Whether onnxruntime is installed; does not load it."""
    return find_spec("onnxruntime") is not None


def refuse_without_extra() -> None:
    """NetworkMissing unless `has_extra`."""
    if not has_extra():
        raise NetworkMissing
