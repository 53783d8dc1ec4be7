"""Host names as a client may write them, in the one form that is compared."""

from typing import Final

from captcha_range.core.errors import RangeError
from captcha_range.core.lab_nets import Fence, parse_address

ZONE: Final = "hcaptcha.com"
"""This name and every name below it are answered by the range, always."""

_loopback = Fence()


class NameInvalid(RangeError):
    """The host is neither a name nor an address."""

    code = "name_invalid"


def plain_name(host: str) -> str:
    """A host in lower-case ASCII without the final dot; an address in its plain form. NameInvalid.

    Names are looked up after IDNA has mapped them, so they are compared after it as well: `HCªPTCHA.com.` is
    hcaptcha.com.
    """
    address = parse_address(host.strip("[]"))
    if address is not None:
        return str(address)
    try:
        name = host.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        raise NameInvalid from None
    if not name:
        raise NameInvalid
    return name


def is_redirected(name: str) -> bool:
    """Whether the range answers for a plain name."""
    return name == ZONE or name.endswith(f".{ZONE}")


def is_loopback(name: str) -> bool:
    """Whether a plain name is this machine's own, without asking a name server (RFC 6761)."""
    return name == "localhost" or name.endswith(".localhost") or _loopback.contains(name)
