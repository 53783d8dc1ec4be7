"""What a contract test knows of the range that it runs against."""

from typing import Protocol

from captcha_range.launch import LaunchedRange


class RunningRange(Protocol):
    """Addresses and keys of one range on loopback, with one registered site."""

    @property
    def provider_url(self) -> str: ...

    @property
    def solver_url(self) -> str: ...

    @property
    def client_key(self) -> str: ...

    @property
    def sitekey(self) -> str: ...

    @property
    def secret(self) -> str: ...

    @property
    def page_url(self) -> str: ...

    @property
    def launched(self) -> LaunchedRange: ...
