"""The root of every error that the range raises on purpose."""


class RangeError(Exception):
    """The range refused or could not do what was asked.

    `code` is stable and machine-readable; the message names what is wrong and how to mend it, and
    never repeats a secret or a token.
    """

    code = "range_error"

    def __init__(self, message: str | None = None) -> None:
        """Without a message, the class's docstring is it."""
        super().__init__(message or self.__doc__ or self.code)
