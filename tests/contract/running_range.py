"""What a contract test knows of the range that it runs against."""

from typing import NamedTuple

from captcha_range.launch import LaunchedRange


class RunningRange(NamedTuple):
    """Where the range listens, and what a site's developer and a solver's client know."""

    provider_url: str
    solver_url: str
    client_key: str
    sitekey: str
    secret: str
    page_url: str
    launched: LaunchedRange
